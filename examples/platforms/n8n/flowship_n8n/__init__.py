"""n8n as a platform of Flowship."""
