"""The command `init`: a manifest and a GitHub workflow for a repository that has neither."""
