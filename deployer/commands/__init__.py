"""One file a mode: a context and the report so far in, the report out."""
