"""Both platforms on loopback, as the published contracts describe them: for trying things without an account, and for tests."""
