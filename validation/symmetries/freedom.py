"""`freedom`: a symmetry in words, to be compared with what is published.

The one idea: each group has a kind and a size; how many there are of each is the whole freedom.
"""

from collections import Counter

from morseloss.networks import Symmetry

__all__ = ["freedom"]


def freedom(symmetry: Symmetry) -> Counter[str]:
    """Return how often there is each kind of freedom.

    "exchange 4": four units can be exchanged; "flip 4": they can change sign, once for each kind
    of flip; "scale 4": they can be scaled, once for each kind of factor; "mix 4": any invertible
    matrix may act on them, "rotate 4": any orthogonal one, "rotate 4, ones kept": any that keeps
    the vector of ones.
    """
    found: Counter[str] = Counter()
    for group, size in zip(symmetry.groups, symmetry.sizes, strict=True):
        if group.exchanged and size > 1:
            found[f"exchange {size}"] += 1
        found[f"flip {size}"] += group.flips
    for mixing in symmetry.mixings:
        kind = f"{'rotate' if mixing.orthogonal else 'mix'} {mixing.size}"
        found[f"{kind}, ones kept" if mixing.ones else kind] += 1
    for scaling in symmetry.scalings:
        found[f"scale {scaling.size}"] += scaling.kinds
    return +found
