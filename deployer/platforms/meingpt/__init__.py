"""meinGPT: workflows as YAML."""
