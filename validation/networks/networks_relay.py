"""What is left of bars of networks when their paths are lowered to the end (digits, ReLU).

Claim: bars of fully connected ReLU networks with 2, 3 and 4 hidden layers of 32 units fall with the
gradients spent on their paths at every depth, without a plateau in sight, so that lengths at one
small budget tell what a path costs and not how deep a minimum lies. With ways over stations their
mean at 2000 gradients on all images a pair is below half of what an earlier relay, pair by pair,
had left at that budget: 6.5e-5, 3.8e-5 and 2.6e-4.
Beside it, the null: the same method between a network and its own shuffled copy, whose pass owes
nothing to the sample. And how far the births themselves would still fall, since a bar shorter than
that is not resolved.
Source: Definition 1 and section 4.1 of the paper; plain torch code, for the earlier relay.
Tolerance: the three means above; gradients counted in full, stations and looks included.
"""

from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from morseloss.networks import LBFGS, NetworkLandscape, Relay, Relayed, converge, price, relay
from morseloss.networks import symmetry_of as read_symmetry
from morseloss.plot.style import INK, LEAF, PASS
from validation.modules import dense
from validation.networks.minima_on_digits import on_digits, trained
from validation.report import Outcome

__all__ = ["TITLE", "draw", "run"]

TITLE = "Bars of networks on digits when paths are lowered to the end, 2 to 4 layers"
EARLIER = {2: 1.3e-4, 3: 7.6e-5, 4: 5.1e-4}
NETWORKS, EPOCHS, DESCENT, FURTHER = 4, 60, 3000, 100
BUDGET = 2000.0
METHOD = Relay()
PRICES = (1e-3, 1e-4, 1e-5)
COLOURS = {2: INK, 3: LEAF, 4: PASS}


def run(seed: int) -> Outcome:
    """Train networks of each depth, join them, and join each to a copy of itself."""
    found = [_depth(depth, seed) for depth in EARLIER]
    means = {row["depth"]: float(np.mean(row["sample"]["penalties"][-1])) for row in found}
    null = {row["depth"]: float(np.mean(row["copies"]["penalties"][-1])) for row in found}
    told = "; ".join(
        f"{row['depth']} layers: mean bar {means[row['depth']]:.1e}, to copies "
        f"{null[row['depth']]:.1e}, births may fall {max(row['falls']):.1e}"
        for row in found
    )
    return Outcome(
        "mean bar at most 6.5e-5, 3.8e-5, 2.6e-4 at 2000 gradients a pair",
        told,
        all(means[depth] <= bound / 2 for depth, bound in EARLIER.items()),
        {"budget": BUDGET, "rows": found},
    )


def _depth(depth: int, seed: int) -> dict[str, Any]:
    land = on_digits(dense(64, depth))
    networks = trained(land, NETWORKS, seed, epochs=EPOCHS, max_steps=DESCENT).points.double()
    networks = networks[land.value(networks).argsort()]
    sample = relay(
        land, networks, METHOD, budget=BUDGET, generator=torch.Generator().manual_seed(seed)
    )
    stations = land.value(sample.stations)
    ends = sample.values[sample.pairs[:, 0]].repeat_interleave(METHOD.stations)
    further = converge(land, networks, LBFGS(ftol=0.0), max_steps=FURTHER)
    return {
        "depth": depth,
        "births": sample.values.tolist(),
        "falls": (sample.values - land.value(further.points)).tolist(),
        "lower_stations": float((stations < ends).double().mean()),
        "sample": _told(sample),
        "copies": _told(_to_copies(land, networks[1:], seed)),
    }


def _to_copies(land: NetworkLandscape, networks: Tensor, seed: int) -> Relayed:
    """Ways from each network to its copy with hidden units exchanged at random."""
    draws = torch.Generator().manual_seed(seed)
    symmetry = read_symmetry(land.pure)
    copies = symmetry.act(networks, symmetry.random(len(networks), generator=draws))
    rows = torch.arange(len(networks))
    pairs = torch.stack([rows, rows + len(networks)], 1)
    return relay(
        land, torch.cat([networks, copies]), METHOD, budget=BUDGET, generator=draws, pairs=pairs
    )


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
    """Draw mean bars over the budget, the null beside, and what the births may still fall."""
    figure = Figure(figsize=(9.5, 4.6), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, kind, title in zip(
        axes, ("sample", "copies"), ("between networks", "to its own shuffled copy"), strict=True
    ):
        for row in data["rows"]:
            part, colour = row[kind], COLOURS[row["depth"]]
            means = np.mean(part["penalties"], axis=1)
            shown = means > 0
            gradients = np.array(part["gradients"])
            ax.plot(
                gradients[shown], means[shown], "o-", color=colour, markersize=4,
                label=f"{row['depth']} layers",
            )  # fmt: skip
            ax.axhline(np.mean(row["falls"]), color=colour, linestyle=":", linewidth=1.2)
        ax.set(xscale="log", yscale="log", xlabel="gradients on all images, a pair", title=title)
        ax.set_xticks([200, 500, 1000, 2000], ["200", "500", "1000", "2000"])
        ax.set_xticks([], minor=True)
    axes[0].set_ylabel("mean climb above the higher end")
    axes[0].plot([], [], ":", color="0.4", label=f"births still fall so much in {FURTHER} steps")
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False
    )
    return figure
