"""Calls over HTTP: connections, retries, limits, and what a reply means. Used by platforms and by github alike."""
