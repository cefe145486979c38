"""GitHub: its API, the event of a run, and the runner."""
