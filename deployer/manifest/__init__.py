"""The manifest: its model, reading, validation, and edits that keep what a person wrote."""
