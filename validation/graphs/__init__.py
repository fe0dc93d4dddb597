"""Claims on barcodes of graphs and on distances between diagrams."""
