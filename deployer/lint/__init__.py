"""Documents become findings: an engine, and one file for each rule."""
