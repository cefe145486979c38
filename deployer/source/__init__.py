"""Files become workflows: reading, refusing what cannot be read safely, places in a text, the manifest."""
