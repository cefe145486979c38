"""What stands between `{{` and `}}` in a meinGPT workflow: parsed, and checked against what the workflow offers."""
