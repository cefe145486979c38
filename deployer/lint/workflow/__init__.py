"""Readers of meinGPT workflows that rules share: steps, step types, texts, control flow."""
