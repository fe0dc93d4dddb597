"""The paper's experiments on photographs at their own sizes, for a GPU: `--preset paper` or `gpu`."""
