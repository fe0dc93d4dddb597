"""Claims on barcodes of landscapes and on heights of paths."""
