"""Effects of a plan: bounded concurrency over workflows, runs that take turns, records of what interrupted runs did."""
