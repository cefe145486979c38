"""Deploying where a platform keeps one definition: replace it, then read it back."""
