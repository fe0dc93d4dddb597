"""`module_symmetry`: the symmetry of any module, read off the operations that it runs through.

The one idea: what was found is believed only after it was tried. A group that changes the outputs
of a random network is left out, and said.
"""

from dataclasses import replace

import torch
from torch import Tensor

from morseloss.networks.loss.pure import Pure
from morseloss.networks.loss.rows import Tree, cast, mapped
from morseloss.networks.symmetry.symmetry import Symmetry, probe
from morseloss.networks.symmetry.traced.found_groups import groups_of
from morseloss.networks.symmetry.traced.passes import read
from morseloss.networks.symmetry.traced.tape import Tape, record
from morseloss.networks.symmetry.unit_groups import Group, Mixing, axes_of

__all__ = ["module_symmetry"]


def module_symmetry(pure: Pure, inputs: Tree) -> Symmetry:
    """Return what may be done to the hidden units of a module.

    Parameters
    ----------
    pure : Pure
    inputs : Tensor, or tuple or dict of tensors
        A few images, at least two, on which the module is run.

    Raises
    ------
    ValueError
        If the module decides by numbers, or cannot be run step by step.
    """
    # elsewhere torch has operations of its own for whole layers
    inputs, device = mapped(cast(inputs, torch.float64), Tensor.cpu), torch.device("cpu")
    point = probe(pure.layout, torch.Generator().manual_seed(0))[0]
    tape = record(pure, pure.layout.split(point), inputs)
    reader = read(tape)
    groups, mixings, scalings = groups_of(reader)
    mixings = _with_exchanges(tape, mixings)
    why = [(reason, tuple(sorted(names))) for reason, names in reader.unknown.items() if names]
    symmetry = Symmetry(pure.layout, groups, mixings, scalings, why)
    wrong = symmetry.faults(pure, inputs, device)
    if not wrong:
        return symmetry
    why += [
        (
            f"tried, it changed the outputs by {change:.2g}",
            tuple(dict.fromkeys(a.name for a in axes_of(group))),
        )
        for group, change in wrong.items()
    ]
    return Symmetry(
        pure.layout,
        (g for g in groups if g not in wrong),
        (m for m in mixings if m not in wrong),
        (s for s in scalings if s not in wrong),
        why,
    )


def _with_exchanges(tape: Tape, mixings: tuple[Mixing, ...]) -> tuple[Mixing, ...]:
    """Tell each mixing what is left of it if units are only exchanged and flipped."""
    gains = frozenset(gain.axis.name for mixing in mixings for gain in mixing.gains)
    plain = groups_of(read(tape, gains))[0] if gains else ()
    by_place = {_place(group): group for group in plain}
    return tuple(
        replace(m, exchange=by_place.get(_place(m)) if m.gains else _signed(m)) for m in mixings
    )


def _signed(mixing: Mixing) -> Group:
    """Return permutations, and signs where the vector of ones need not be kept."""
    flips = () if mixing.ones else (0,)
    axes = (replace(axis, flips=flips) for axis in (*mixing.axes, *mixing.duals))
    return Group(tuple(axes), len(flips), mixing.size)


def _place(group: Group | Mixing) -> tuple[str, int, int, object]:
    axis = group.axes[0]
    return axis.name, axis.axis, axis.start, axis.within
