"""Eval suites: cases run against a workflow, and a verdict on each answer."""
