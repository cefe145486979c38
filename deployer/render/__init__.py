"""Pure renderings of a report, one file each."""
