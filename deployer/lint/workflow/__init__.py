"""What rules for meinGPT workflows share: steps, shapes, texts, control flow."""
