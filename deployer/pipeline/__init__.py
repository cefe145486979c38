"""What the modes share: a context, the project, a plan, its execution."""
