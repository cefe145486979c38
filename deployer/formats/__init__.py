"""Files become plain data: finding, reading, refusing what cannot be read safely, places in a text."""
