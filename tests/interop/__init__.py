"""Other tools: their forms, and pipelines."""
