"""The parser of the expressions between `{{` and `}}` in a workflow, and the check of their names and types."""
