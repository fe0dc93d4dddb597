"""Claims about convolutional and residual networks on photographs, sections 4.2, 5, 6 and 8."""
