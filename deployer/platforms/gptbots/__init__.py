"""GPTBots: Workflows (`.flow`) and Agents (`.bot`)."""
