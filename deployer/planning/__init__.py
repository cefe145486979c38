"""Pure decisions: what to write, roll back, prune, rename or refuse."""
