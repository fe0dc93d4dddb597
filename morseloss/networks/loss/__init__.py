"""The training loss of a module, as a landscape over its parameter vectors."""
