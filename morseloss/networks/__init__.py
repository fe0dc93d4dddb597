"""Loss barcodes of neural networks: training losses as landscapes over the parameters.

The one idea: a network is a vector, so minima and paths of many networks are one batch.
"""

from morseloss.networks.landscape import Batches, NetworkLandscape

__all__ = ["Batches", "NetworkLandscape"]
