"""The barcode of all pairs from a part of their ways, when ways are finished (digits).

Claim: of 5 networks, at 2000 gradients on all images a way, (1) the ways to the lowest alone, 4 of
10, give no bar that is longer than from the ways of all pairs, but for what a bar moves by when its
ways are lowered again; and (2) so does the tree that `spanning_pairs` asks for, where bars may be
longer by 1e-5, at less cost than that of all pairs, the cheap looks included. Cheap is what a way
had at its first look, 370 gradients. Both for 64-32-32-10, whose bars are near nothing,
and for 64-16-16-10. At swept paths of 100 gradients the tree asked for nearly all pairs
(`networks_pairs`). Told beside it: what the tree asks for where bars may not be longer at all, and
where by 1e-4, which was added after 1e-5 had saved nothing for 64-32-32-10.
Source: section 3.3 of the paper (all pairs: quadratic in the minima); Algorithm 1; the elder rule.
Tolerance: the largest move of a bar between two relays to the lowest, from other random numbers.
All ways of a relay share their mini-batches, so bars move together.
"""

from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.networks import Relay, Relayed, Spanned, all_pairs, ladder, relay, spanning_pairs
from morseloss.plot.style import INK, LEAF, PASS
from validation.modules import dense
from validation.networks.all_ways import every_way, minima_in, no_higher
from validation.networks.minima_on_digits import on_digits
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "The barcode of all pairs from a part of their ways, over finished ways (digits)"
WIDTHS, NETWORKS, EPOCHS, STEPS = (32, 16), 5, 60, 2000
BUDGET = 2000.0  # gradients on all images, a way
METHOD = Relay()
WITHIN, JUDGED = (0.0, 1e-5, 1e-4), 1  # by which bars may be longer
REPEAT = 100  # added to the seed
LEAST = 1e-6  # of a bar: `Relay` calls a way level that climbs no more


def run(seed: int) -> Outcome:
    """Join all pairs, and each network to the lowest, for each width."""
    return judged({"budget": BUDGET, "rows": [_width(width, seed) for width in WIDTHS]})


def _width(width: int, seed: int) -> dict[str, Any]:
    folder, land = runs_of("networks_star") / str(width), on_digits(dense(64, width=width))
    points = minima_in(folder, land, NETWORKS, seed, epochs=EPOCHS, steps=STEPS)
    found = every_way(folder / "all.pt", land, points, METHOD, budget=BUDGET, seed=seed)
    values = found.values.numpy()
    star = relay(
        land, points, METHOD, budget=BUDGET * 2 / NETWORKS,
        generator=torch.Generator().manual_seed(seed + REPEAT),
    )  # fmt: skip
    cheap, full = no_higher(found, 0).numpy(), no_higher(found, -1).numpy()
    return {
        "width": width,
        "gradients": [*found.per_pair[[0, -1]].tolist(), float(star.spent[-1]) / len(star)],
        "values": values.tolist(),
        "cheap": cheap.tolist(),
        "full": full.tolist(),
        "all": _lengths(ml.barcode((values, all_pairs(len(values)), full))),
        "part": _to_lowest(found),
        "star": ladder(star).lengths[-1].tolist(),
    }


def _trees(row: dict[str, Any]) -> list[tuple[Spanned, float]]:
    """What is found, at the usual margin, when heights are looked up, and its cost, of all pairs'.

    One for each length by which bars may be longer.
    """
    values, cheap, full = (np.array(row[name]) for name in ("values", "cheap", "full"))
    place = {tuple(pair): at for at, pair in enumerate(all_pairs(len(values)).tolist())}
    before = row["gradients"][0] / row["gradients"][1]

    def measure(some: np.ndarray) -> np.ndarray:
        return full[[place[tuple(pair)] for pair in some.tolist()]]

    trees = [spanning_pairs(values, cheap, measure, within=within) for within in WITHIN]
    return [(tree, 1 - tree.saving * (1 - before)) for tree in trees]


def _to_lowest(found: Relayed) -> list[float]:
    """Bars from those ways alone that lead to the lowest network, of all that were lowered."""
    lowest = int(found.values.argmin())
    some = (found.pairs == lowest).any(1)
    graph = (found.values.numpy(), found.pairs[some].numpy(), no_higher(found, -1)[some].numpy())
    return _lengths(ml.barcode(graph))


def _lengths(bars: ml.Diagram) -> list[float]:
    """The lengths of the bars that end, in the order of their minima."""
    return (bars.deaths - bars.births)[np.argsort(bars.birth_cells)][1:].tolist()


def judged(data: dict) -> Outcome:
    """Hold bars and costs against those of all pairs, from the numbers alone."""
    rows = data["rows"]
    return Outcome(
        "bars from ways to the lowest, and from a spanning tree that costs less than all pairs, no "
        "longer than those of all pairs but for what repeating moves a bar by",
        "; ".join(_said(row) for row in rows),
        all(_star_holds(row) and _tree_holds(row) for row in rows),
        data,
    )


def _move(row: dict[str, Any]) -> float:
    """By how much a bar moves when ways to the lowest are lowered again."""
    return max(float(np.abs(np.subtract(row["part"], row["star"])).max()), LEAST)


def _longer(row: dict[str, Any], lengths: list[float]) -> float:
    """By how much a bar is longer than from all pairs, at most."""
    return float(np.subtract(lengths, row["all"]).max())


def _star_holds(row: dict[str, Any]) -> bool:
    return _longer(row, row["part"]) <= _move(row)


def _tree_holds(row: dict[str, Any]) -> bool:
    tree, cost = _trees(row)[JUDGED]
    return _longer(row, _lengths(tree.bars)) <= _move(row) + WITHIN[JUDGED] and cost < 1


def _said(row: dict[str, Any]) -> str:
    pairs, bars = len(row["full"]), len(row["all"])
    trees = ", ".join(
        f"{int(tree.measured.sum())} of {pairs} pairs (cost {cost:.2f}, longest excess "
        f"{_longer(row, _lengths(tree.bars)):.1e}) within {within:g}"
        for (tree, cost), within in zip(_trees(row), WITHIN, strict=True)
    )
    mean, error = np.mean(row["all"]), np.std(row["all"], ddof=1) / bars**0.5
    return (
        f"width {row['width']}: mean bar of all pairs {mean:.1e} ± {error:.1e}, of ways to the "
        f"lowest {np.mean(row['part']):.1e} (cost {bars / pairs:.2f}, longest excess "
        f"{_longer(row, row['part']):.1e}, repeating moves a bar by {_move(row):.1e}); tree {trees}"
    )


def draw(data: dict) -> Figure:
    """Draw the bars of each network from all pairs and from parts of them."""
    figure = Figure(figsize=(5.2 * len(data["rows"]), 4.2), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(data["rows"])))
    for axes, row in zip(panels, data["rows"], strict=True):
        places = np.arange(len(row["all"]))
        pairs, (tree, _) = len(row["full"]), _trees(row)[JUDGED]
        for shift, lengths, marker, colour, label in (
            (-0.24, row["all"], "o", PASS, "all pairs"),
            (-0.08, _lengths(tree.bars), "D", LEAF, "spanning tree"),
            (0.08, row["part"], "s", INK, "ways to the lowest"),
            (0.24, row["star"], "s", INK, "lowered again"),
        ):
            axes.plot(
                places + shift, lengths, marker, color=colour, label=label,
                fillstyle="none" if label == "lowered again" else "full",
            )  # fmt: skip
        axes.set_xticks(places, [str(place + 2) for place in places])
        top = max(*row["all"], *row["part"], *row["star"], LEAST)
        axes.set(xlabel="network, by its loss", ylim=(-0.05 * top, 1.15 * top))
        axes.set_title(
            f"64-{row['width']}-{row['width']}-10: tree of {tree.measured.sum()} of {pairs} "
            "pairs", fontsize="medium",
        )  # fmt: skip
    panels[0].set_ylabel("length of its bar")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False
    )
    return figure
