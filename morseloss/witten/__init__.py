"""The Arrhenius law: lengths of bars, read off the spectrum of the Witten Laplacian.

The one idea: at temperature h the Laplacian of the complex twisted by `exp(L/h)` has one eigenvalue
near `exp(-2 length / h)` for every finite bar. It is computed with no use of bars, on a grid, so it
checks them.
"""

from morseloss.witten.arrhenius_law import Arrhenius, arrhenius, ladder
from morseloss.witten.differentials import differentials
from morseloss.witten.eyring_kramers import eyring_kramers
from morseloss.witten.spectrum import Resolution, Spectrum, spectrum

__all__ = [
    "Arrhenius",
    "Resolution",
    "Spectrum",
    "arrhenius",
    "differentials",
    "eyring_kramers",
    "ladder",
    "spectrum",
]
