"""One experiment with transformers: networks, lines and curves between them, and a null.

The one idea: everything is counted in trainings. A path gets once or five times the mini-batches
that a network got, and what it leaves stands beside what the same method leaves on a loop from a
network to itself. What is done is kept in a folder, slice by slice, so that it can be gone on with.
"""

import itertools
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from morseloss._shapes import Points
from morseloss.networks import (
    Descent,
    Looped,
    NetworkLandscape,
    Run,
    SweptCurve,
    align,
    lines,
)
from morseloss.networks.loss.rows import taken
from morseloss.search.iterate import iterate
from morseloss.search.paths.curve import Paths
from validation.published.lines import Triangle
from validation.texts import Text, windows
from validation.transformers.gpt import GPT, permutations
from validation.transformers.heights import Sample, losses_on, measured_on

__all__ = ["AS_TRAINED", "CLOSED", "MATCHED", "PERMUTED", "Experiment", "found_on"]

AS_TRAINED, PERMUTED, MATCHED, CLOSED = "as trained", "permuted", "matched", "closed"
JOINED = (AS_TRAINED, MATCHED)  # by curves; lines are cheap, and there are some of each kind


CPU = torch.device("cpu")
SEEN = 64  # windows on which a symmetry is tried


@dataclass(frozen=True)
class Experiment:
    """What is trained and joined.

    Parameters
    ----------
    layers, width, heads, places : int
        Of the `GPT`; a window is as long as its places.
    windows : int or None
        Of the training text, spread evenly; None takes all.
    size, epochs : int
        Windows a step, and passes over all of them, of the training of a network.
    rate : float
        The highest of Adam, reached after a tenth of the way.
    networks, loops : int
        Networks from random starts, all pairs of which are joined, and how many of them are
        joined to themselves.
    budgets : tuple of int
        Of a path, in trainings of one network.
    blocks, block : int
        Losses are measured on so many blocks of so many windows of each part of the text.
    together : int
        Paths in a batch.
    slices : int
        Parts of a training after which the state of a path is kept.
    """

    layers: int = 4
    width: int = 64
    heads: int = 4
    places: int = 64
    windows: int | None = 4096
    size: int = 16
    epochs: int = 4
    rate: float = 3e-3
    networks: int = 4
    loops: int = 1
    budgets: tuple[int, ...] = (1, 5)
    blocks: int = 8
    block: int = 24
    together: int = 1
    slices: int = 4

    def module(self, symbols: int) -> GPT:
        """Return the network for so many symbols."""
        return GPT(symbols, self.places, self.layers, self.width, self.heads)

    @property
    def lengths(self) -> str:
        """What a training is, in words."""
        of = "all" if self.windows is None else str(self.windows)
        return (
            f"{self.epochs} passes over {of} windows of {self.places}, {self.size} windows a step"
        )


@dataclass(frozen=True)
class Loop(SweptCurve):
    """A curve from each start over a far point, its `end`, and back to the start."""

    def init(self, landscape: Any, starts: Points, ends: Points, generator: Any) -> Any:
        """Return loops that are at the far point half-way."""
        state = super().init(landscape, starts, ends, generator)
        controls = starts[:, None].repeat(1, self.bends + 2, 1)
        weights = self.curve.weights(torch.tensor([0.5]).to(controls), self.bends + 2)
        controls[:, 1:-1] += ((ends - starts) / weights[0, 1:-1].sum())[:, None]
        return replace(state, controls=controls)


def found_on(
    experiment: Experiment, text: Text, folder: Path, seed: int,
    device: torch.device = CPU,
) -> dict[str, Any]:  # fmt: skip
    """Train and join networks on a text, or go on with it, and measure all of it."""
    land, sample = _landscapes(experiment, text, device)
    points = _networks(experiment, land, folder / "networks", seed).to(device)
    pairs = list(itertools.combinations(range(len(points)), 2))
    ends = _ends(land, points, pairs, folder)
    lengths = {kind: (a - b).norm(dim=1).tolist() for kind, (a, b) in ends.items()}
    some = points[: experiment.loops]
    ends[CLOSED] = some, _far(land, some, seed)
    of = {kind: [(k, k) for k in range(len(some))] if kind == CLOSED else pairs for kind in ends}
    curves = Curves(experiment, land, folder / "paths", seed)

    def told(name: str, paths: Callable[[], Paths], kind: str) -> dict[str, Any]:
        return _noted(folder / "measured" / f"{name}.json", lambda: measured_on(
            sample, paths(), of[kind]
        ))  # fmt: skip

    return {
        "experiment": {**asdict(experiment), "lengths": experiment.lengths},
        "text": repr(text),
        "parameters": land.dim,
        "tokens": len(land) * experiment.places,
        "steps": curves.steps(1),
        "distances": lengths,
        "losses": _noted(
            folder / "measured" / "networks.json", lambda: losses_on(sample, points)
        ),
        "lines": {
            kind: told(f"line, {kind}", partial(lines, *ends[kind]), kind)
            for kind in ends
            if kind != CLOSED
        },
        "curves": {
            str(budget): {
                kind: told(
                    f"{budget}, {kind}", partial(curves.trained, kind, budget, *ends[kind]), kind
                )
                for kind in (*JOINED, CLOSED)
            }
            for budget in experiment.budgets
        },
    }  # fmt: skip


def _networks(experiment: Experiment, land: NetworkLandscape, folder: Path, seed: int) -> Points:
    rate = Triangle(experiment.rate, peak=experiment.epochs / 10, epochs=experiment.epochs)
    descent = Descent(rate, experiment.epochs, experiment.size, finish=None, dtype=torch.float32)
    with Run(folder, land, seed=seed) as run:
        run.train(experiment.networks, descent, together=1)
        return run.minima.float()


def _noted(file: Path, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what was measured before, or measure it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(measure()))
        part.replace(file)
    return json.loads(file.read_text())


def _landscapes(
    experiment: Experiment, text: Text, device: torch.device
) -> tuple[NetworkLandscape, dict[str, Sample]]:
    module = experiment.module(text.symbols)
    parts = {
        name: tuple(part.to(device) for part in windows(tokens, experiment.places))
        for name, tokens in (("train", text.train), ("held out", text.held_out))
    }
    if experiment.windows is not None:
        parts["train"] = _spread(parts["train"], experiment.windows)
    engine = (
        Looped if device.type == "cpu" else None
    )  # its attention has no rule to be mapped there
    lands = {
        name: NetworkLandscape(
            module, nn.functional.cross_entropy, *part, chunk=max(64, 4 * experiment.size),
            engine=engine,
        )
        for name, part in parts.items()
    }  # fmt: skip
    sample = {
        name: Sample.of(land, experiment.blocks, experiment.block) for name, land in lands.items()
    }
    return lands["train"], sample


def _spread(part: tuple[Tensor, ...], count: int) -> tuple[Tensor, ...]:
    rows = torch.linspace(0, len(part[0]) - 1, min(count, len(part[0]))).round().long()
    return taken(part, rows)


def _ends(
    land: NetworkLandscape, points: Points, pairs: Sequence[tuple[int, int]], folder: Path
) -> dict[str, tuple[Points, Points]]:
    """Return the ends of lines and curves: which copies of the second networks they lead to."""
    first, second = (points[[pair[k] for pair in pairs]] for k in (0, 1))
    file = folder / "copies.pt"
    if not file.exists():
        few = land.batch(torch.arange(min(len(land), SEEN)))
        near = partial(align, few, first.double(), second.double())
        copies = {PERMUTED: near(symmetry=permutations(land.pure.module)), MATCHED: near()}
        torch.save({kind: part.to(first) for kind, part in copies.items()}, file)
    copies = torch.load(file, map_location=land.device, weights_only=True)
    return {AS_TRAINED: (first, second), **{kind: (first, part) for kind, part in copies.items()}}


def _far(land: NetworkLandscape, points: Points, seed: int) -> Points:
    """Each network's own weights, those of each parameter in random order."""
    draws = torch.Generator().manual_seed(seed)
    parts = points.split(land.pure.layout.sizes, dim=1)
    orders = [torch.rand(part.shape, generator=draws).argsort(1).to(part.device) for part in parts]
    return torch.cat([p.gather(1, order) for p, order in zip(parts, orders, strict=True)], 1)


@dataclass(frozen=True, eq=False)
class Curves:
    """Trained curves of an experiment, kept in a folder after each slice of a training.

    Attributes
    ----------
    experiment : Experiment
    land : NetworkLandscape
    folder : Path
    seed : int
        What follows a slice depends on it, and on the name of the slice, alone.
    """

    experiment: Experiment
    land: NetworkLandscape
    folder: Path
    seed: int

    def steps(self, budget: int) -> int:
        """Return how many mini-batches so many trainings of one network are."""
        return budget * self.experiment.epochs * (len(self.land) // self.experiment.size)

    def trained(self, kind: str, budget: int, starts: Points, ends: Points) -> Paths:
        """Train curves, a batch at a time, or read those that are there."""
        method = Loop if kind == CLOSED else SweptCurve
        curve = method(steps=self.steps(budget))
        parts = torch.arange(len(starts)).split(self.experiment.together)
        controls = [
            self._batch(curve, f"{budget}, {kind}, {place}", starts[rows], ends[rows])
            for place, rows in enumerate(parts)
        ]
        return Paths(torch.cat(controls), curve.curve, torch.ones(len(starts), dtype=torch.long))

    def _batch(self, curve: SweptCurve, name: str, starts: Points, ends: Points) -> Tensor:
        file, count = self.folder / f"{name}.pt", curve.steps // self.steps(1)
        state, begun = self._read(file, curve.init(self.land, starts, ends, self._draws(name)))
        slices = count * self.experiment.slices
        for number in range(begun, slices):
            batches = self.land.batches(
                self.experiment.size, generator=self._draws(f"{name}, {number}")
            )
            upto = curve.steps * (number + 1) // slices - curve.steps * number // slices
            state = iterate(curve, batches, state, max_steps=upto)
            self._keep(file, state, number + 1, last=number + 1 == slices)
        return state.controls

    def _draws(self, name: str) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed + zlib.crc32(name.encode()))

    def _read(self, file: Path, state: Any) -> tuple[Any, int]:
        """Return the state after the slices that are done, and how many they are."""
        if not file.exists():
            return state, 0
        kept = torch.load(file, map_location=self.land.device, weights_only=True)
        slices, settings = kept.pop("slices"), kept.pop("settings")
        if settings != self._settings:
            raise ValueError(
                f"{file} is of another experiment, {settings}, not {self._settings}; name another "
                "folder for runs, or take that one away"
            )
        return replace(state, **kept), slices

    def _keep(self, file: Path, state: Any, slices: int, *, last: bool) -> None:
        names = ["controls", "steps", "status"] + ["means", "squares"] * (not last)
        parts = {name: getattr(state, name) for name in names}
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        torch.save({**parts, "slices": slices, "settings": self._settings}, part)
        part.replace(file)

    @property
    def _settings(self) -> str:
        return f"{self.experiment.lengths} at seed {self.seed}"
