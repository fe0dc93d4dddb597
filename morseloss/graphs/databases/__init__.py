"""Databases of minima and passes that grow from run to run."""
