"""What stands between `{{` and `}}` in a meinGPT workflow: read, and held against what the workflow offers."""
