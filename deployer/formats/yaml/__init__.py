"""YAML text to plain data with limits and places, and back."""
