"""Releases: evals before and after going live, and the automatic rollback."""
