"""From what is wanted and what is there to a plan, and from a plan to outcomes."""
