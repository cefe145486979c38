"""Preview targets: what may be one, what a pull request puts there, and deleting it again."""
