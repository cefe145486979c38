"""Decisions, all of them pure: what to write, roll back, prune, rename, refuse."""
