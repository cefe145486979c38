"""The mode `adopt`: what exists on the platforms comes into the repository."""
