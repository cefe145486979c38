"""Flowship ships AI workflows from git: lint, plan, deploy and release GPTBots and meinGPT workflows."""

__version__ = "1.0.0"
