"""How the loss barcode changes with depth (Figures 2, 3 and 18 in small, on scikit-learn's digits).

Claim: of fully connected ReLU networks with 2, 3 and 4 hidden layers of 32 units, trained to a
plateau with Adam and L-BFGS, the barcode moves down with depth: minima and the ends of bars lie
lower, by more than their deviations. Whether bars also get *shorter*, as the paper has it, is
measured beside it, without and with the alignment of hidden units, and not judged: all heights are
those of the best paths found, at one number of steps for all depths. Error bars are those of
repeated paths and of resampled minima (4 of 5).
Source: sections 3.6 and 4.1 of the paper, Appendix E.
Tolerance: mean birth and mean death fall by more than twice their deviation at each step.
"""

import itertools
import tempfile

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn

import morseloss as ml
from morseloss.networks import LBFGS, Cosine, NetworkLandscape, Run, SweptCurve, Training
from morseloss.networks.uncertainty import best_of, repeated, resampled
from morseloss.plot.style import INK, PASS
from validation.images import digits
from validation.report import Outcome

__all__ = ["TITLE", "dense", "draw", "run"]

TITLE = "Fully connected networks on digits: the barcode with depth (Figures 2, 3, 18 in small)"
DEPTHS = (2, 3, 4)
WIDTH, MINIMA, REPEATS = 32, 5, 3
EPOCHS, SIZE, STEPS = 100, 128, 1000
PATH = SweptCurve()
BATCH = 64  # images a step of a path
DECAY = 1e-3
KINDS = {"as trained": False, "aligned": True}


def dense(depth: int, inputs: int = 64, width: int = WIDTH) -> nn.Sequential:
    """Return a fully connected network with so many hidden layers."""
    layers: list[nn.Module] = [nn.Linear(inputs, width), nn.ReLU()]
    for _ in range(depth - 1):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 10))


def run(seed: int) -> Outcome:
    """Train the networks of each depth, and join them several times over."""
    images = digits()
    rows = [_of_depth(depth, *images, seed) for depth in DEPTHS]
    falls = []
    for before, after in itertools.pairwise(rows):
        for name in ("births", "deaths"):
            one, two = before["aligned"][name], after["aligned"][name]
            off = np.hypot(np.nanmax(one["deviation"]), np.nanmax(two["deviation"]))
            falls.append((np.nanmean(one["mean"]) - np.nanmean(two["mean"])) / off)
    lengths = {
        kind: [float(np.nanmean(row[kind]["lifetimes"]["mean"])) for row in rows] for kind in KINDS
    }
    told = "; ".join(
        f"{kind}: {', '.join(f'{length:.4f}' for length in lengths[kind])}" for kind in KINDS
    )
    births = ", ".join(f"{np.mean(row['values']):.4f}" for row in rows)
    return Outcome(
        "births and deaths fall with depth by more than twice their deviation",
        f"mean birth {births}; smallest fall {min(falls):.1f} deviations; mean length of bars "
        f"{told}: {_trend(lengths)}",
        bool(min(falls) > 2),
        {"rows": rows, "lengths": lengths},
    )


def _trend(lengths: dict[str, list[float]]) -> str:
    changes = np.diff(list(lengths.values()), axis=1)
    if (changes > 0).all():
        return "they grow with depth, which is not what the paper found"
    return "they shrink with depth" if (changes < 0).all() else "no common trend"


def _of_depth(depth: int, inputs: torch.Tensor, targets: torch.Tensor, seed: int) -> dict:
    land = NetworkLandscape(
        dense(depth, inputs.shape[1]), nn.functional.cross_entropy, inputs, targets,
        weight_decay=DECAY,
    )  # fmt: skip
    row: dict = {"depth": depth, "parameters": land.dim}
    with tempfile.TemporaryDirectory() as folder, Run(folder, land, seed=seed) as kept:
        kept.train(
            MINIMA, schedule=Cosine(3e-3, EPOCHS), epochs=EPOCHS, size=SIZE,
            finish=LBFGS(ftol=1e-4), max_steps=STEPS,
        )  # fmt: skip
        row["values"] = [measure["value"] for measure in kept.measures]
        row["gradient_norms"] = [measure["gradient_norm"] for measure in kept.measures]
        for kind, aligned in KINDS.items():
            training = Training(PATH, PATH.steps, BATCH, aligned, dtype=torch.float32)
            kept.connect(kind, training, repeats=REPEATS)
            graphs = [kept.graph(kind, repeat) for repeat in range(REPEATS)]
            row[kind] = _summary(graphs, seed)
    return row


def _summary(graphs: list[ml.LandscapeGraph], seed: int) -> dict:
    again = repeated(graphs)
    generator = torch.Generator().manual_seed(seed)
    other = resampled(graphs, len(graphs[0]) - 1, draws=200, generator=generator)
    floor = graphs[0].values[graphs[0].edges].max(axis=1)
    return {
        **{
            name: {"mean": part.mean.tolist(), "deviation": part.deviation.tolist()}
            for name, part in (
                ("births", other.births), ("deaths", again.deaths), ("lifetimes", again.lifetimes)
            )
        },
        "resampled": {
            "mean": other.lifetimes.mean.tolist(), "deviation": other.lifetimes.deviation.tolist()
        },
        "score": [float(again.score.mean), float(again.score.deviation)],
        "best": ml.barcode(best_of(graphs)).deaths.tolist(),
        "penalty": float(np.median([graph.weights - floor for graph in graphs])),
    }  # fmt: skip


def draw(data: dict) -> Figure:
    """Draw the bars of each depth with their error bars, and the TO-scores."""
    figure = Figure(figsize=(12, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2.4, 1))
    place, ticks = 0, []
    for row in data["rows"]:
        ticks.append((place + (len(row["values"]) - 1) / 2, f"{row['depth']} hidden layers"))
        for bar, birth in enumerate(row["values"]):
            for shift, kind, colour in ((-0.14, "as trained", PASS), (0.14, "aligned", INK)):
                death, off = (row[kind]["deaths"][key][bar] for key in ("mean", "deviation"))
                x = place + shift
                if np.isfinite(death):
                    left.plot([x, x], [birth, death], color=colour, linewidth=3)
                    left.errorbar(x, death, off, color=colour, capsize=3, linewidth=1)
                else:
                    left.plot([x, x], [birth, birth + 2e-3], color=colour, linestyle=":")
            place += 1
        place += 1
    left.set_xticks([at for at, _ in ticks], [name for _, name in ticks])
    left.set(ylabel="loss on all images")
    left.set_title("bars, lowest minimum first (dotted: never ends)", fontsize="medium")
    for kind, colour, marker in (("as trained", PASS, "o"), ("aligned", INK, "s")):
        mean, off = np.array([row[kind]["score"] for row in data["rows"]]).T
        depths = [row["depth"] for row in data["rows"]]
        right.errorbar(depths, mean, off, color=colour, marker=marker, capsize=3, label=kind)
    right.set(xlabel="hidden layers", ylabel="TO-score", xticks=list(DEPTHS), ylim=(0, None))
    right.set_title("bars as trained, and aligned", fontsize="medium")
    right.legend(frameon=False)
    return figure
