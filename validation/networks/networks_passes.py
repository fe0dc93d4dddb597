"""Certified passes of small tanh networks on digits, and bars with no path in them.

Claim: (1) of the tops of the ways between 4 trained minima of 64-8-8-10 (682 weights), lowered by a
relay, at least 5 of 6 lead to a certified pass: a gradient below 1e-12, exactly one negative
eigenvalue and none near zero, by the whole Hessian, and both falls end in certified minima without
climbing above it. (2) For 64-4-10 (310 weights) each of 4 trained minima, the lowest too, has a
chain of such passes to a lower minimum, and the bar which it gives lies at or below that of the
lowered ways. Minima and passes are counted once with their copies by symmetry.
Beside it, not judged: the same chains for 64-8-8-10, and for 64-4-4-10, which has 330 weights; how
steep the landscape is at a top across its way and along it, the index there, and how far below the
top its pass lies.
A chain is an upper bound of the bar still: a lower pass may exist that was not climbed to.
Source: Definition 1 of the paper; plain torch code, in which 4 of 6 tops led to a pass and no bar
of a trained minimum was closed.
Tolerance: counts, and round-off for gradients.
What has been computed lies in `MORSELOSS_RUNS` and is gone on with, so the seconds told are those
of the last command; its parts together took about 20 minutes of one core.
"""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

import morseloss as ml
from morseloss._rows import joined
from morseloss.landscapes.critical import CriticalPoints
from morseloss.networks import (
    LBFGS,
    Chains,
    NetworkLandscape,
    Relay,
    Relayed,
    Tops,
    bridge,
    certify_passes,
    converge,
    grow,
    polish,
    relay,
    tops_of_ways,
)
from morseloss.networks.passes.whole_hessian import whole_hessian
from morseloss.plot.style import INK, LEAF, PASS
from morseloss.status import Status
from validation.modules import dense
from validation.networks.minima_on_digits import on_digits, trained
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "run"]

TITLE = "Certified passes of tanh networks on digits: tops of ways lead to them, chains close bars"
MINIMA, EPOCHS, DESCENT = 4, 60, 3000
ENOUGH, GRADIENT, ROUNDING = 5, 1e-12, 1e-9
BRIDGES, ACROSS = 1, 2500.0  # how many at most, and gradients on all images of each
METHOD = Relay()


@dataclass(frozen=True)
class Net:
    """One network: its hidden layers, the budget of its ways, and climbs along soft modes."""

    depth: int
    width: int
    budget: float
    climbs: int

    @property
    def name(self) -> str:
        """As the architecture is written."""
        return "-".join(map(str, (64, *[self.width] * self.depth, 10)))


SMALL, DEEP, EQUAL = Net(1, 4, 20000.0, 21), Net(2, 8, 16000.0, 5), Net(2, 4, 3000.0, 3)
NETS = (SMALL, DEEP, EQUAL)


def run(seed: int) -> Outcome:
    """Train networks, lower ways between all pairs, climb from their tops, close the bars."""
    folder = runs_of("networks_passes")
    return judged({"nets": [_net(net, seed, folder) for net in NETS]})


def judged(data: dict) -> Outcome:
    """Hold passes and chains against the claim, from the numbers alone."""
    rows = {row["name"]: row for row in data["nets"]}
    small, deep = rows[SMALL.name], rows[DEEP.name]
    chained = [
        bar is not None and (settled is None or bar <= settled + ROUNDING)
        for bar, settled in zip(small["bars"], small["settled"], strict=True)
    ]
    found = _passes_from_tops(deep)
    return Outcome(
        f"{ENOUGH} of 6 tops of {DEEP.name} lead to a pass; {MINIMA} of {MINIMA} bars of "
        f"{SMALL.name} closed at or below the ways'",
        f"{found} of {len(deep['tops'])}; {sum(chained)} of {len(chained)}; "
        + "; ".join(_said(row) for row in data["nets"]),
        found >= ENOUGH and all(chained),
        data,
    )


def _passes_from_tops(row: dict) -> int:
    """Tops whose climb and falls arrived, with a gradient of round-off."""
    good = {
        place for place, one in enumerate(row["passes"])
        if one["residual"] <= GRADIENT and one["lowest"][0] < 0 < one["lowest"][1]
    }  # fmt: skip
    tops = range(-len(row["tops"]), 0)  # others are of bridges
    return sum(attempt[0] in tops and attempt[2] in good for attempt in row["attempts"])


def _said(row: dict) -> str:
    bars = ", ".join("open" if bar is None else f"{bar:.1e}" for bar in row["bars"])
    return f"{row['name']} bars {bars}"


def _net(net: Net, seed: int, folder: Path) -> dict[str, Any]:
    """One network; what has been computed lies in the folder, and is gone on with."""
    land = on_digits(dense(64, net.depth, net.width, nn.Tanh))
    folder = folder / f"{net.name}_{seed}"
    networks = _stored(folder / "networks.pt", lambda: _networks(land, seed))
    minima = polish(land, networks)
    ways = _stored(folder / "ways.pt", lambda: _ways(land, networks, seed, net.budget))
    settled, highest = _deaths(ways), tops_of_ways(land, ways)
    chains = _grown(land, net, minima, _climbed(land, highest, folder), settled, folder)
    return {"name": net.name, "dim": land.dim, **_told(land, ways, highest, settled, chains)}


def _climbed(land: NetworkLandscape, highest: Tops, folder: Path) -> Tops:
    """The tops moved to where a climb from each ends, so that `grow` needs only to fall."""
    ends = []
    for row in range(len(highest)):
        start, way = highest.points[row : row + 1], highest.ways[row : row + 1]
        climb = partial(certify_passes, land, start, way)
        ends.append(_stored(folder / f"climb_{row}.pt", climb).points)
    return replace(highest, points=torch.cat(ends))


def _grown(
    land: NetworkLandscape, net: Net, minima: CriticalPoints, starts: Tops, below: Tensor,
    folder: Path,
) -> Chains:  # fmt: skip
    """Chains by climbs, then by bridges to lower minima that were found and are out of reach."""
    file = folder / "chains.pt"

    def further(starts: Tops) -> Chains:
        return grow(
            land, minima, starts, climbs=net.climbs, below=below,
            keep=lambda found: torch.save(found, file),
            resume=torch.load(file, weights_only=False) if file.exists() else None,
        )  # fmt: skip

    chains = further(starts)
    for number in range(BRIDGES):
        row = _bridged(chains)
        if row < 0:
            break
        draws = torch.Generator().manual_seed(number)
        across = partial(bridge, land, chains, row, budget=ACROSS, generator=draws)
        starts = joined(starts, _stored(folder / f"bridge_{number}.pt", across))
        chains = further(starts)
    return chains


def _bridged(chains: Chains) -> int:
    """The first given minimum that reaches no lower one of those known; -1 if there is none."""
    lowest = chains.minima.values.min() + ROUNDING
    births = chains.minima.values[chains.given]
    rows = (chains.bars().isinf() & (births > lowest)).nonzero().flatten().tolist()
    return rows[0] if rows else -1


def _stored(file: Path, make: Any) -> Any:
    """What the file holds, made and put there where there is none."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(make(), file)
    return torch.load(file, weights_only=False)


def _networks(land: NetworkLandscape, seed: int) -> Tensor:
    """Trained networks at round-off, the lowest first."""
    points = trained(land, MINIMA, seed, epochs=EPOCHS, max_steps=DESCENT).points.double()
    method = LBFGS(gtol=1e-8, ftol=0.0)
    minima = polish(land, converge(land, points, method, max_steps=DESCENT).points)
    return minima.points[minima.values.argsort()]


def _ways(land: NetworkLandscape, networks: Tensor, seed: int, budget: float) -> Relayed:
    draws = torch.Generator().manual_seed(seed)
    pairs = torch.combinations(torch.arange(len(networks)))
    return relay(land, networks, METHOD, budget=budget, generator=draws, pairs=pairs)


def _deaths(ways: Relayed) -> Tensor:
    """Where the bar of each network ends over the ways, in the order of the networks."""
    bars = ml.barcode(ways.graph())
    deaths = torch.zeros(len(bars.deaths), dtype=torch.float64)
    deaths[torch.tensor(bars.birth_cells.tolist())] = torch.tensor(bars.deaths.tolist()).double()
    return deaths


def _told(
    land: NetworkLandscape, ways: Relayed, highest: Tops, settled: Tensor, chains: Chains
) -> dict[str, Any]:
    bends = torch.linalg.eigvalsh(whole_hessian(land, highest.points))
    higher = ways.values[ways.pairs[:, 0]]
    passes, minima = chains.passes, chains.minima
    births = minima.values[chains.given]
    return {
        "births": births.tolist(),
        "gradients": float(ways.per_pair[-1]),
        "settled": [_finite(value) for value in (settled - births).tolist()],
        "bars": [_finite(value) for value in chains.bars().tolist()],
        "chains": [chains.chain(row).tolist() for row in range(len(births))],
        "tops": [
            {
                "pair": ways.pairs[row].tolist(),
                "value": float(highest.values[row]),
                "climb": float(highest.values[row] - higher[row]),
                "across": float(highest.across[row]),
                "along": float(highest.along[row]),
                "index": int((bends[row] < 0).sum()),
            }
            for row in range(len(highest))
        ],
        "passes": [
            {
                "value": float(passes.values[row]),
                "residual": float(passes.residuals[row]),
                "lowest": passes.eigenvalues[row, :2].tolist(),
                "ends": chains.ends[row].tolist(),
            }
            for row in range(len(passes))
        ],
        "minima": [
            {
                "value": float(minima.values[row]),
                "residual": float(minima.residuals[row]),
                "lowest": float(minima.eigenvalues[row, 0]),
            }
            for row in range(len(minima))
        ],
        "attempts": chains.attempts.tolist(),
        "outcomes": [Status(code).name.lower() for code in chains.attempts[:, 1].tolist()],
    }


def _finite(value: float) -> float | None:
    return value if value < float("inf") else None


def draw(data: dict) -> Figure:
    """Draw tops and their passes above the higher end, and bars by ways and by chains."""
    figure = Figure(figsize=(9.5, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    place = 0
    for row, colour in zip(data["nets"], (INK, PASS, LEAF), strict=False):
        for top, attempt in zip(row["tops"], row["attempts"], strict=False):
            left.plot(top["across"], top["climb"], "o", color=colour, markersize=4)
            if attempt[2] >= 0:
                below = row["passes"][attempt[2]]["value"] - top["value"]
                ends = [top["climb"], max(top["climb"] + below, 0)]
                left.plot([top["across"]] * 2, ends, color=colour, lw=1)
        left.plot([], [], "o-", color=colour, markersize=4, label=row["name"])
        for bar, settled in zip(row["bars"], row["settled"], strict=True):
            if settled is not None:
                right.plot(settled, place, "|", color=colour, markersize=9)
            if bar is not None:
                right.plot(bar, place, "o", color=colour, markersize=4)
            place += 1
    left.set(
        xscale="log", xlabel="gradient across the way, at its top",
        ylabel="above the higher end of the way", title="tops of ways, and down to their passes",
    )  # fmt: skip
    right.set(
        xscale="log", xlabel="length of the bar", yticks=[],
        title="bars: by ways ( | ) and by certified chains ( • )",
    )  # fmt: skip
    left.legend(frameon=False)
    return figure
