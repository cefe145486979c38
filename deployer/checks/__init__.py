"""Checks: suites of cases, run against a workflow and judged."""
