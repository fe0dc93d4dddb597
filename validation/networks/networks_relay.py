"""What is left of bars of networks when their paths are lowered on and on (digits, ReLU).

Claim: between 4 fully connected ReLU networks with 2, 3 and 4 hidden layers of 32 units, ways over
stations leave a mean bar below half of what an earlier relay, pair by pair, had left at 2000
gradients on all images a pair: 6.5e-5, 3.8e-5 and 2.6e-4.
Judged is the last look within that budget. All 6 pairs count, though 3 ways are enough, from each
network to the lowest: so a way has twice as many gradients as a pair.
Beside it, not judged: the null, the same method between a network and its own shuffled copy, whose
pass owes nothing to the sample, at gradients a way; and how far the births themselves would still
fall, since a bar shorter than that is not resolved. Errors are over the three ways.
Source: Definition 1 and section 4.1 of the paper; plain torch code, for the earlier relay.
Tolerance: the three means above; gradients counted in full, stations and looks included.
"""

from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from morseloss.networks import LBFGS, Relay, Relayed, converge, copies_null, price, relay
from morseloss.plot.style import INK, LEAF, PASS
from validation.modules import dense
from validation.networks.minima_on_digits import on_digits, trained
from validation.report import Outcome

__all__ = ["TITLE", "draw", "run"]

TITLE = "Bars of 4 networks on digits over ways of stations, 2 to 4 layers, 2000 gradients a pair"
EARLIER = {2: 1.3e-4, 3: 7.6e-5, 4: 5.1e-4}
NETWORKS, EPOCHS, DESCENT, FURTHER = 4, 60, 3000, 100
BUDGET = 2000.0
METHOD = Relay()
PRICES = (1e-3, 1e-4, 1e-5)
COLOURS = {2: INK, 3: LEAF, 4: PASS}


def run(seed: int) -> Outcome:
    """Train networks of each depth, join them, and join each to a copy of itself."""
    return judged({"budget": BUDGET, "rows": [_depth(depth, seed) for depth in EARLIER]})


def judged(data: dict) -> Outcome:
    """Hold the last looks within the budget against the earlier relay, from the numbers alone."""
    rows, budget = data["rows"], data["budget"]
    means = {row["depth"]: _look(row["sample"], budget)[0] for row in rows}
    return Outcome(
        f"mean bar at most {', '.join(f'{bound / 2:.1e}' for bound in EARLIER.values())} within "
        f"{budget:.0f} gradients a pair",
        "; ".join(_said(row, budget) for row in rows),
        all(means[depth] <= bound / 2 for depth, bound in EARLIER.items()),
        data,
    )


def _look(part: dict, budget: float = np.inf) -> tuple[float, float, float]:
    """Mean climb, its standard error over ways, and gradients, at the last look in the budget."""
    within = max(1, int(np.searchsorted(part["gradients"], budget, "right")))
    climbs = np.array(part["penalties"][within - 1])
    error = np.std(climbs, ddof=1) / len(climbs) ** 0.5 if len(climbs) > 1 else np.nan
    return float(climbs.mean()), float(error), part["gradients"][within - 1]


def _said(row: dict, budget: float) -> str:
    mean, error, spent = _look(row["sample"], budget)
    null, off, cost = _look(row["copies"])
    return (
        f"{row['depth']} layers: mean bar {mean:.1e} ± {error:.1e} at {spent:.0f} a pair "
        f"({spent * _share(row, 'sample'):.0f} a way), to copies {null:.1e} ± {off:.1e} at "
        f"{cost:.0f} a way, births may fall {max(row['falls']):.1e}"
    )


def _share(row: dict, kind: str) -> float:
    """Pairs for each way that is lowered."""
    return len(row["births"]) / 2 if kind == "sample" else 1.0


def _depth(depth: int, seed: int) -> dict[str, Any]:
    land = on_digits(dense(64, depth))
    networks = trained(land, NETWORKS, seed, epochs=EPOCHS, max_steps=DESCENT).points.double()
    networks = networks[land.value(networks).argsort()]
    sample = relay(
        land, networks, METHOD, budget=BUDGET, generator=torch.Generator().manual_seed(seed)
    )
    stations = land.value(sample.stations)
    between = torch.bincount(sample.ways, minlength=len(sample)) - 1  # stations of each way
    ends = sample.values[sample.pairs[:, 0]].repeat_interleave(between)
    further = converge(land, networks, LBFGS(ftol=0.0), max_steps=FURTHER)
    draws = torch.Generator().manual_seed(seed)
    copies = copies_null(land, networks[1:], METHOD, budget=BUDGET, generator=draws)
    return {
        "depth": depth,
        "births": sample.values.tolist(),
        "falls": (sample.values - land.value(further.points)).tolist(),
        "lower_stations": float((stations < ends).double().mean()),
        "sample": _told(sample),
        "copies": _told(copies),
    }


def _told(found: Relayed) -> dict[str, Any]:
    spent, excess = found.per_pair.numpy(), found.penalties.numpy()
    return {
        "gradients": spent.tolist(),
        "penalties": excess.tolist(),
        "status": found.status.tolist(),
        "prices": {
            f"{eps:g}": [price(spent, column, eps) for column in excess.T] for eps in PRICES
        },
    }


def draw(data: dict) -> Figure:
    """Draw each way and their mean over its gradients, and what the births may still fall."""
    figure = Figure(figsize=(9.5, 4.8), layout="constrained")
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, kind, title in zip(
        axes, ("sample", "copies"), ("between networks", "to its own shuffled copy"), strict=True
    ):
        for row in data["rows"]:
            part, colour = row[kind], COLOURS[row["depth"]]
            climbs = np.array(part["penalties"])
            spent = np.array(part["gradients"]) * _share(row, kind)
            ax.plot(spent, np.where(climbs > 0, climbs, np.nan), color=colour, lw=0.8, alpha=0.5)
            ax.plot(
                spent, climbs.mean(axis=1), "o-", color=colour, markersize=4, linewidth=1.8,
                label=f"{row['depth']} layers",
            )  # fmt: skip
            ax.axhline(np.mean(row["falls"]), color=colour, linestyle=":", linewidth=1.2)
        ax.set(xscale="log", yscale="log", xlabel="gradients on all images, a way", title=title)
        ax.set_xticks([500, 1000, 2000, 4000], ["500", "1000", "2000", "4000"])
        ax.set_xticks([], minor=True)
    axes[0].set_ylabel("climb above the higher end")
    axes[0].plot([], [], color="0.4", linewidth=0.8, label="single ways")
    axes[0].plot([], [], ":", color="0.4", label=f"births still fall so much in {FURTHER} steps")
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False
    )
    return figure
