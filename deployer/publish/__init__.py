"""Where a report goes: all its effects."""
