"""`freedom`: which moves of a network's units a search for near copies may use.

The one idea: all that leaves the loss alone. Under weight decay these are moves that keep the
length of the vector; else matrices and factors too, those of gains included.
"""

from collections.abc import Iterator

from morseloss.caution import caution
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.networks.symmetry.unit_groups import Gain, Scaling

__all__ = ["freedom"]


def freedom(landscape: NetworkLandscape, symmetry: Symmetry | None) -> Symmetry:
    """Return the symmetry that was given, or that of the module, as far as it leaves the loss.

    Raises
    ------
    ValueError
        If the module cannot be read and no symmetry is given, or a given one changes the outputs.

    Warns
    -----
    UserWarning
        If there is nothing that could be moved.
    """
    found = symmetry_of(landscape) if symmetry is None else symmetry
    found.check(landscape)
    if landscape.weight_decay and (found.mixings or found.scalings):
        found = found.isometries
    if not (found.groups or found.mixings or found.scalings):
        why = "; ".join(f"{', '.join(names[:4])}: {reason}" for reason, names in found.pinned[:3])
        caution(
            f"{type(landscape.pure.module).__name__} has no units that can be exchanged, so each "
            f"network is its only copy{f' ({why})' if why else ''}"
        )
    known = {(axis.name, axis.axis) for scaling in found.scalings for axis in scaling.axes}
    gains = [s for s in _scalings(found) if (s.axes[0].name, s.axes[0].axis) not in known]
    if not gains:
        return found
    scalings = (*found.scalings, *gains)
    return Symmetry(found.layout, found.groups, found.mixings, scalings, found.pinned)


def _scalings(symmetry: Symmetry) -> Iterator[Scaling]:
    """Yield what gains allow: a factor on a gain and its shift, taken back by its readers."""
    seen: set[Gain] = set()
    for mixing in symmetry.mixings:
        for gain in mixing.gains:
            if gain not in seen:
                seen.add(gain)
                own = (gain.axis, *gain.shifts)
                powers = (*((1,) for _ in own), *((-1,) for _ in gain.readers))
                yield Scaling((*own, *gain.readers), powers, mixing.size)
