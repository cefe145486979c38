"""The promises of Flowship as a pytest plug-in, for authors of platforms (docs/platforms.md, "Prove it"). The program imports nothing of it."""
