"""Small networks of published architectures, written from their descriptions."""
