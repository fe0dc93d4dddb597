"""`Run`: minima and paths of one architecture, kept in a folder and gone on with after any end.

The one idea: what a stage computes depends on its settings and on seeds that are named after it,
not on when it was interrupted. So a finished part is read, a missing one computed, and the barcode
is the same.
"""

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.landscape import check_points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.links import Training, link
from morseloss.networks.paths.pairs import Spanned, all_pairs, spanning_pairs
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.behaviour import recognise
from morseloss.networks.runs.fingerprint import fingerprint
from morseloss.networks.runs.kinds import MINIMUM, PATH, STAGE, STATE, Pair, name_of
from morseloss.networks.runs.stages import TRAIN, apart, given, joined, trained
from morseloss.networks.runs.steepness import GIVEN, judge
from morseloss.networks.runs.store import Record, Store, StoreError
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.course import Descent
from morseloss.networks.training.initial import initial
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.recorded import recorded
from morseloss.networks.training.trained import Trained
from morseloss.networks.training.training import train
from morseloss.search.iterate import Progress
from morseloss.status import Status

__all__ = ["Run"]

FINISH = "finish"  # name of the state of networks from elsewhere that descend
SECONDS = 20.0  # between two states of a training that are written


class Run(Archive):
    """A folder with the minima of a landscape and the paths between them.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there; else it must be of the same landscape and seed.
    landscape : NetworkLandscape
    seed : int
        Names all randomness of the run.

    Raises
    ------
    StoreError
        If the folder is of another landscape or seed, of a newer version, or in use. Another
        landscape is told by names, shapes and data, by what is held fixed, and by what its loss
        gives: `Behaviour`.

    Examples
    --------
    >>> import tempfile, torch, morseloss as ml
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape
    >>> from morseloss.networks.paths.links import Training
    >>> from morseloss.networks.runs.run import Run
    >>> from morseloss.networks.training.course import Descent
    >>> from morseloss.networks.training.schedules import Cosine
    >>> x = torch.randn(60, 2, generator=torch.Generator().manual_seed(0))
    >>> module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    >>> loss, y = nn.functional.cross_entropy, (x.prod(1) > 0).long()
    >>> land = NetworkLandscape(module, loss, x, y, weight_decay=0.01)
    >>> with tempfile.TemporaryDirectory() as folder, Run(folder, land) as run:
    ...     run.train(3, Descent(Cosine(0.03, 20), epochs=20, size=20))
    ...     run.connect("bezier", Training(ml.BezierCurve(steps=50), max_steps=50, size=20))
    ...     print(run.graph("bezier"))
    LandscapeGraph(3 minima, 3 edges)
    """

    def __init__(self, folder: str | Path, landscape: NetworkLandscape, *, seed: int = 0) -> None:
        self.landscape, self.seed, self._told = landscape, int(seed), set()
        settings = {**fingerprint(landscape), "seed": self.seed}
        self.store = Store(folder, settings, check=lambda store: recognise(store, landscape))

    def train(self, count: int, descent: Descent, *, progress: Progress | None = None) -> None:
        """Train networks from random starts, as `train` does, or go on where that stopped.

        Runs that met non-finite numbers are kept with their status, and are no minima.

        Parameters
        ----------
        count : int
            How many networks.
        descent : Descent
            The recipe.
        progress : callable, optional
            Gets `(step, running, total)`, as from `train`.

        Raises
        ------
        StoreError
            If the folder holds minima of other settings.
        Interrupted
            At an interrupt from the keyboard; the folder holds the last state that was written.
        """
        stage = trained(count, descent)
        if self._done(TRAIN, stage):
            return
        draws = self._generator("starts")
        found = train(
            self.landscape,
            initial(self.landscape, count, generator=draws, dtype=descent.dtype),
            descent,
            generator=self._generator("train"),
            progress=progress,
            checkpoint=_Writer(self.store, TRAIN),
            resume=self._state(TRAIN),
        )
        self._keep(self._measured(found), found.points)
        self._finished(TRAIN, stage)
        self.store.drop(STATE, TRAIN)

    def add(
        self,
        points: Points,
        source: str,
        *,
        finish: LBFGS | None = None,
        steps: int = 3000,
        progress: Progress | None = None,
    ) -> None:
        """Take minima from elsewhere, from checkpoints say, in place of training.

        Networks whose gradient norm is not small are warned of: their bars would be wrong.

        Parameters
        ----------
        points : Tensor, shape (n, dim)
        source : str
            Where they come from.
        finish : LBFGS, optional
            Let them descend on all images first, as `converge` does, to the minima near by. Without
            it they are taken as they are.
        steps : int
            Gradients on all images at most, with `finish`.
        progress : callable, optional
            Gets `(step, running, total)`, with `finish`.

        Raises
        ------
        ValueError
            If the points do not fit, or a loss is not finite.
        StoreError
            If the folder holds other minima.
        Interrupted
            At an interrupt from the keyboard; the folder holds the last state that was written.
        """
        stage = given(points, source, finish, steps)
        if self._done(TRAIN, stage):
            return
        check_points(self.landscape, points, "points")
        points = points.to(self.landscape.device)
        if finish is None:
            values, gradients = self.landscape.value_and_gradient(points.double())
            norms = gradients.norm(dim=1)
            if not bool(values.isfinite().all()):
                rows = (~values.isfinite()).nonzero().flatten().tolist()
                raise ValueError(f"the losses of rows {rows[:5]} are not finite; leave those out")
            records = [
                {"value": float(value), "gradient_norm": float(norm), "status": GIVEN}
                for value, norm in zip(values, norms, strict=True)
            ]
        else:
            found = converge(
                self.landscape, points.double(), finish, max_steps=steps, progress=progress,
                checkpoint=_Writer(self.store, FINISH), resume=self._state(FINISH),
            )  # fmt: skip
            points, records = found.points, self._measured(found)
        self._keep(records, points)
        self._finished(TRAIN, stage, networks=len(points))
        self.store.drop(STATE, FINISH)
        judge(records, source)

    def _keep(self, records: list[Record], points: Points) -> None:
        """Write the minima; others that a stage left behind, killed at its end, are none of it."""
        parts = enumerate(zip(records, points, strict=True))
        named = {str(row): (record, {"point": point}) for row, (record, point) in parts}
        self.store.put_all(MINIMUM, named)
        for name in set(self.store.names(MINIMUM)) - set(named):
            self.store.drop(MINIMUM, name)

    def _measured(self, found: Trained) -> list[Record]:
        """What is noted of networks after training."""
        values = self.landscape.value(found.points.double())
        return [
            {
                "value": float(values[row]),
                "gradient_norm": float(found.gradient_norms[row]),
                "fall": float(found.falls[row]),
                "steps": int(found.steps[row]),
                "status": Status(int(found.status[row])).name.lower(),
            }
            for row in range(len(found))
        ]

    def connect(
        self,
        label: str,
        training: Training,
        *,
        repeats: int = 1,
        pairs: Iterable[Pair] | None = None,
        together: int = 64,
        progress: Progress | None = None,
    ) -> None:
        """Join pairs of minima by paths, those that are not in the folder yet.

        Parameters
        ----------
        label : str
            Names the paths in the folder; each label has its own training.
        training : Training
        repeats : int
            So many times, from other random numbers each.
        pairs : iterable of pairs, optional
            Rows of `minima`; by default all pairs.
        together : int
            Pairs in one batch, which is what is lost at most if the process is killed. Paths of a
            batch share mini-batches, so another number gives other paths.
        progress : callable, optional
            Gets `(step, running, total)` of the batch at work.

        Raises
        ------
        ValueError
            If the label, a number or a pair makes no sense.
        StoreError
            If the folder holds paths of this label with another training.
        """
        if not label or ":" in label or repeats < 1 or together < 1:
            raise ValueError(
                "`label` must be a name without `:`, `repeats` and `together` 1 or more, got "
                f"{label!r}, {repeats} and {together}"
            )
        minima = self.minima.to(self.landscape.device)
        chosen = _pairs(len(minima), pairs)
        stage = joined(training, together)
        if not self._done(f"paths {label}", stage):
            self._finished(f"paths {label}", stage)
        for repeat in range(repeats):
            known = set(self.store.names(PATH))
            missing = [pair for pair in chosen if name_of(label, repeat, pair) not in known]
            for first in range(0, len(missing), together):
                group = missing[first : first + together]
                found = link(
                    self.landscape,
                    minima[[i for i, _ in group]],
                    minima[[j for _, j in group]],
                    training,
                    generator=self._generator("paths", label, repeat, group),
                    progress=progress,
                )
                parts = {}
                for row, pair in enumerate(group):
                    record: Record = {
                        "height": float(found.heights[row]),
                        "time": float(found.times[row]),
                        "lowest": None if found.lowest[row].isnan() else float(found.lowest[row]),
                        "curve": repr(found.curve),
                        "status": Status(int(found.status[row])).name.lower(),
                    }
                    parts[name_of(label, repeat, pair)] = record, {"controls": found.controls[row]}
                self.store.put_all(PATH, parts)
        self._warn(label)

    def span(
        self,
        label: str,
        training: Training,
        *,
        cheap: str,
        margin: float = 2.0,
        together: int = 64,
        progress: Progress | None = None,
    ) -> Spanned:
        """Join only those pairs of minima by paths that decide the bars, as `spanning_pairs` does.

        Parameters
        ----------
        label : str
            Names the paths in the folder.
        training : Training
            In earnest.
        cheap : str
            Label of paths between all pairs that are there already, for which little was paid.
        margin : float
            How much better a path that is left out may do than the others, see `spanning_pairs`.
        together, progress
            As for `connect`.

        Returns
        -------
        Spanned
            Bars, which pairs were joined and what that saved. `best(cheap, label)` is its graph.

        Raises
        ------
        ValueError
            If a number makes no sense.
        StoreError
            If the cheap paths do not join all pairs, or `label` has another training.
        """
        graph = self.best(cheap)
        every = all_pairs(len(graph))
        if not np.array_equal(graph.edges, every):
            raise StoreError(
                f"{self.store.folder} holds {len(graph.edges)} of {len(every)} pairs of label "
                f"{cheap!r}; connect all of them first"
            )

        def measure(pairs: np.ndarray) -> np.ndarray:
            chosen = [(int(i), int(j)) for i, j in pairs]
            self.connect(label, training, pairs=chosen, together=together, progress=progress)
            names = [name_of(label, 0, pair) for pair in chosen]
            return np.array([self.store.record(PATH, name)["height"] for name in names])

        return spanning_pairs(graph.values, graph.weights, measure, margin=margin)

    def _generator(self, *names: Any) -> torch.Generator:
        """A generator whose seed is named, so that it does not depend on what came before."""
        named = hashlib.sha256(repr((self.seed, *names)).encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(named[:7], "big"))

    def _state(self, name: str) -> dict[str, Any] | None:
        if name not in self.store.names(STATE):
            return None
        return {**self.store.record(STATE, name), **self.store.tensors(STATE, name)}

    def _done(self, stage: str, wanted: dict[str, Any]) -> bool:
        """Whether a stage is there; it must be the one that is asked for."""
        if stage not in self.store.names(STAGE):
            return False
        different = apart(self.store.record(STAGE, stage)["settings"], wanted)
        if different:
            raise StoreError(
                f"{self.store.folder} holds the stage `{stage}` with other settings: "
                f"{'; '.join(different[:3])}; take those, another label, or another folder"
            )
        return True

    def _finished(self, stage: str, wanted: dict[str, Any], **more: int) -> None:
        self.store.put(STAGE, stage, {"settings": recorded(wanted), **more})


class _Writer:
    """Writes the state of a training, not more often than every so many seconds."""

    def __init__(self, store: Store, name: str) -> None:
        self.store, self.name, self.last = store, name, time.monotonic()

    def __call__(self, state: dict[str, Any]) -> None:
        if time.monotonic() - self.last < SECONDS:
            return
        tensors = {name: part for name, part in state.items() if isinstance(part, Tensor)}
        rest = {name: part for name, part in state.items() if name not in tensors}
        self.store.put(STATE, self.name, rest, tensors)
        self.last = time.monotonic()


def _pairs(count: int, pairs: Iterable[Pair] | None) -> list[Pair]:
    every: list[Pair] = [(i, j) for i, j in all_pairs(count).tolist()]
    if pairs is None:
        return every
    chosen = {(min(i, j), max(i, j)) for i, j in pairs}
    if not chosen <= set(every):
        raise ValueError(
            f"`pairs` must name two different minima of {count} each, got "
            f"{sorted(chosen - set(every))[:3]}"
        )
    return sorted(chosen)
