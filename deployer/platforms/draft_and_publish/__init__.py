"""Deploying where an import makes a draft and a release makes a version live."""
