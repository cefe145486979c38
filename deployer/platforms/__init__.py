"""The platforms Flowship ships to, each a package behind the protocols of `base`."""
