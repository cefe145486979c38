"""The linter: an engine, and one file for each rule."""
