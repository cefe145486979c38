"""The parser of the expressions between `{{` and `}}` in a meinGPT workflow, and the check of their names and types."""
