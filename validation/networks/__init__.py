"""Claims on loss barcodes of neural networks."""
