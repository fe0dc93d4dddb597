"""The paper's experiments on photographs at their own sizes, by `--preset paper` or `gpu`."""
