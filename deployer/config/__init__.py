"""Inputs and settings: read once, frozen."""
