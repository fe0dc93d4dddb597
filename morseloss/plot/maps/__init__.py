"""Pictures of landscapes in one, two and three variables."""
