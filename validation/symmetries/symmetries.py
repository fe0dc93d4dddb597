"""Symmetries of any module, read off the operations that it runs through.

Claim: of small networks of published architectures (`cases.py`), written from their descriptions,
(1) the freedom that is read off is the one that is known, of each kind and size as many: no less,
which would be a miss, and no more; (2) random elements leave the outputs as they are; (3) the part
that is said to keep the norm of the vector does; (4) a copy that a random element makes is brought
back to its network by `align`, without restarts, of all but the net with shuffled channels.
Permutations and signs are uniform, rotations too, other matrices have singular values from
exp(-1/2) to exp(1/2), scales lie between 1/e and e. Networks are random, with gains of either sign
that are not near 0; 5 images or sentences each.
Source: Hecht-Nielsen 1990 (permutations and signs); Ainsworth et al. 2023 (channels, tied along
streams); Ashkboos et al. 2024 (rotations under normalisation); Theus et al. 2025 (attention); the
papers that `cases.py` names.
Not the whole: of channels that are shuffled, orders within groups are tied to each other, and where
queries and keys of two streams share one matrix so are these streams, which is less than there is;
shifts (as of biases) and rotations of rotary pairs are not looked for.
Tolerance: 1e-12 of the largest output, in float64, and of the norm; copies 1e-8 of it.
"""

from collections import Counter

import torch
from matplotlib.figure import Figure
from torch import Tensor

from morseloss.networks import Looped, NetworkLandscape, Symmetry, align, symmetry_of
from morseloss.networks.symmetry.symmetry import probe
from morseloss.plot.style import AID, INK, PASS
from validation.report import Outcome
from validation.symmetries.cases import CASES, Case, examples
from validation.symmetries.freedom import freedom

__all__ = ["TITLE", "draw", "run"]

TITLE = "Symmetries of any module: outputs stay, and the published freedom is found"
TOLERANCE, BACK = 1e-12, 1e-8
IMAGES, NETWORKS = 5, 4
COPIES = 2  # that are brought back
SHUFFLED = "ShuffleNet"


def run(seed: int) -> Outcome:
    """Read off the symmetry of each architecture, and try it."""
    rows = [_tried(name, case, seed) for name, case in CASES.items()]
    worst = max(row["change"] for row in rows)
    norm = max(row["norm"] for row in rows)
    known = sum(row["known"] for row in rows)
    back = [row for row in rows if row["apart"] <= BACK]
    lost = [row["case"] for row in rows if row not in back]
    return Outcome(
        f"outputs stay to {TOLERANCE:g}, and the freedom is the known one, of all {len(rows)}; "
        f"copies come back, but for {SHUFFLED}",
        f"outputs stay to {worst:.0e}, norms under isometries to {norm:.0e}; the freedom is the "
        f"known one of {known} of {len(rows)}; copies of {len(back)} come back, to "
        f"{max((row['apart'] for row in back), default=0.0):.0e}"
        f"{', not of ' + ', '.join(lost) if lost else ''}",
        worst <= TOLERANCE and norm <= TOLERANCE and known == len(rows) and set(lost) <= {SHUFFLED},
        {"rows": rows},
    )


def _tried(name: str, case: Case, seed: int) -> dict:
    generator = torch.Generator().manual_seed(seed)
    inputs = examples(case.inputs, IMAGES, generator)
    torch.manual_seed(seed)
    module = case.make().double()
    targets = torch.zeros_like(module(inputs)).detach()
    land = NetworkLandscape(module, _squares, inputs, targets, engine=Looped)
    symmetry = symmetry_of(land)
    points = torch.cat([probe(land.pure.layout, generator) for _ in range(NETWORKS)])
    parts = {"change": symmetry, "isometric": symmetry.isometries,
             "permuted": symmetry.permutations}  # fmt: skip
    moved = {key: part.act(points, part.random(NETWORKS, generator=generator))
             for key, part in parts.items()}  # fmt: skip
    found = freedom(symmetry)
    return {
        "case": name,
        "parameters": land.dim,
        "why": case.why,
        "found": dict(found),
        "known": found == +Counter(case.freedom) and not symmetry.pinned,
        "dimensions": _dimensions(symmetry),
        **{key: _change(land, points, others) for key, others in moved.items()},
        "apart": _apart(land, symmetry, points[:COPIES], moved["change"][:COPIES]),
        "norm": float((moved["isometric"].norm(dim=1) / points.norm(dim=1) - 1).abs().max()),
    }


def _squares(outputs: Tensor, targets: Tensor) -> Tensor:
    return ((outputs - targets) ** 2).mean()


def _change(land: NetworkLandscape, points: Tensor, others: Tensor) -> float:
    """The largest change of an output, relative to the largest output of its network."""
    before, after = (land.outputs(part, land.inputs).flatten(1) for part in (points, others))
    return float(((after - before).abs().amax(1) / before.abs().amax(1)).max())


def _apart(land: NetworkLandscape, symmetry: Symmetry, points: Tensor, copies: Tensor) -> float:
    """How far the copies stay apart from their networks when they are aligned, of the length."""
    back = align(land, points, copies, symmetry=symmetry)
    return float(((back - points).norm(dim=1) / points.norm(dim=1)).max())


def _dimensions(symmetry: Symmetry) -> int:
    """In how many directions a network can be moved without any change of its outputs."""
    count = sum(scaling.size * scaling.kinds for scaling in symmetry.scalings)
    for mixing in symmetry.mixings:
        free = mixing.size - mixing.ones
        count += free * (free - 1) // 2 if mixing.orthogonal else free**2
    return count


def draw(data: dict) -> Figure:
    """Draw how far outputs change, for each architecture, with what may be done to it."""
    rows = data["rows"]
    figure = Figure(figsize=(11, 0.24 * len(rows) + 1.2), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(rows):
        change = max(row["change"], 1e-17)
        axes.plot(change, place, "o", color=INK if row["known"] else PASS, markersize=5)
        axes.text(3e-12, place, row["why"], va="center", fontsize="small")
    axes.axvline(TOLERANCE, color=AID, linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlim(3e-17, 2e-12)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [row["case"] for row in rows], fontsize="small")
    axes.set_xlabel("largest change of an output by a random element, relative")
    axes.set_title("what may be done to each network, as known and as read off", fontsize="medium")
    axes.grid(axis="y", linewidth=0.3)
    return figure
