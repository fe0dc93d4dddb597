"""The minimum spanning forest of a filtered graph, on plain arrays: all that a barcode needs of it.

The one idea: an edge that ends a bar is one of the lightest at which two pieces meet, so most edges
of a large graph are told to be idle before anything is sorted.
"""
