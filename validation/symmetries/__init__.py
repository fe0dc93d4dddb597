"""Claims about symmetries of networks, read off their operations."""
