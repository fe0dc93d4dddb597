"""`Run`: minima and paths of one architecture, kept in a folder and gone on with after any end.

The one idea: what a stage computes depends on its settings and on seeds that are named after it,
not on when it was interrupted. So a finished part is read, a missing one computed, and the barcode
is the same.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import torch

from morseloss._shapes import Points
from morseloss.landscapes.landscape import check_points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.batches import Batch, linked
from morseloss.networks.paths.budget import check_tolerance
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.pairs import Spanned, all_pairs, spanning_pairs
from morseloss.networks.paths.relay import Kept, Relay, relay
from morseloss.networks.paths.relayed import Relayed
from morseloss.networks.relays.kept import Keeper
from morseloss.networks.relays.nulls import METHOD
from morseloss.networks.runs import stages
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.behaviour import recognise
from morseloss.networks.runs.fingerprint import digest, fingerprint
from morseloss.networks.runs.folders.arrivals import SECONDS, Ways, bring_trained, descended
from morseloss.networks.runs.folders.framed import framed
from morseloss.networks.runs.folders.generations import due_given, due_trained, keep
from morseloss.networks.runs.folders.held import networks_at_once, paths_at_once
from morseloss.networks.runs.folders.outstanding import note_time
from morseloss.networks.runs.folders.shares import pieces
from morseloss.networks.runs.kinds import PATH, RELAY, Pair, chosen_pairs, name_of
from morseloss.networks.runs.steepness import judge, taken
from morseloss.networks.runs.store import Store, StoreError
from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.search.iterate import Progress
from morseloss.workers import Workers, hired

__all__ = ["Run"]


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
    >>> from morseloss.networks import Cosine, Descent, NetworkLandscape, Run, Training
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

    def train(
        self,
        count: int,
        descent: Descent,
        *,
        together: int | None = None,
        executor: Workers | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Train networks from random starts, as `train` does, or go on where that stopped.

        Runs that met non-finite numbers are kept with their status, and are no minima.

        Parameters
        ----------
        count : int
            How many networks there shall be. If there are fewer of this recipe, the others are
            trained, from the starts and through the mini-batches that they would have had in one
            go; their rows follow those that are there, whose paths stay. More than fit into the
            memory that is set aside (`networks_at_once`) come in several goes.
        descent : Descent
            The recipe.
        together : int, optional
            Networks in a cohort, which is trained by itself, and is what is lost at most if the
            process is killed. By default all are one. Another number gives other networks, and
            so does a last cohort that was not full when others came.
        executor : Executor or callable, optional
            Workers that cohorts are handed to, as for `connect`.
        progress : callable, optional
            Gets `(step, running, total)`, as from `train`; with workers, how many cohorts are
            done, running, and there in all.

        Raises
        ------
        StoreError
            If the folder holds minima of other settings.
        Interrupted
            At an interrupt from the keyboard; the folder holds the last state that was written.
        """
        ways, land = Ways(together, executor, progress), self.landscape
        asked = stages.trained(count, descent, together)
        room = networks_at_once(land, descent) if ways.alone else count
        while (due := due_trained(self.store, asked)) is not None:
            due = replace(due, rows=due.rows[:room])
            bring_trained(self.store, land, due, descent, self._seed, ways)

    def add(
        self,
        points: Points,
        source: str,
        *,
        names: Sequence[str | PurePath] | None = None,
        finish: LBFGS | None = None,
        steps: int = 3000,
        together: int | None = None,
        executor: Workers | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Take minima from elsewhere, from checkpoints say, beside those that are there or alone.

        Networks that are there already, bit by bit, are passed over. Networks whose gradient norm
        is not small are warned of: their bars would be wrong.

        Parameters
        ----------
        points : Tensor, shape (n, dim)
        source : str
            Where they come from.
        names : sequence of str or Path, optional
            What they are called in tables and pictures, their files say; of paths the last part.
        finish : LBFGS, optional
            Let them descend on all images first, as `converge` does, to the minima near by. Without
            it they are taken as they are.
        steps : int
            Gradients on all images at most, with `finish`.
        together, executor, progress
            As for `train`, with `finish`.

        Raises
        ------
        ValueError
            If points or names do not fit, a loss is not finite, or workers have nothing to do.
        StoreError
            If the folder holds one of them with another `finish`.
        Interrupted
            At an interrupt from the keyboard; the folder holds the last state that was written.
        """
        land = self.landscape
        check_points(land, points, "points")
        if finish is None and executor is not None:
            raise ValueError(
                "`executor` has no work without `finish`: pass `finish=LBFGS()`, or leave it out"
            )
        stage = stages.given(points, source, finish, steps, together)
        due, whole = due_given(self.store, stage, points, names), digest(points)
        if due is None:
            stages.drop_states(self.store, f"{stages.FINISH} {whole}")
            return
        points = points[due.rows].to(land.device)
        state = f"{stages.FINISH} {digest(points)}"  # of these points, whatever else comes between
        if finish is None:
            records = taken(land, points)
        else:
            ways = Ways(together, executor, progress)
            records, points = descended(
                self.store, land, points, finish, stage, state, self._seed, ways
            )
        keep(self.store, due, records, points)
        stages.finish_stage(self.store, due.stage, stage, networks=len(points))
        for name in (state, f"{stages.FINISH} {whole}"):
            stages.drop_states(self.store, name)
        judge(records, source)

    def connect(
        self,
        label: str,
        training: Training,
        *,
        repeats: int = 1,
        pairs: Iterable[Pair] | None = None,
        frame: Points | None = None,
        together: int | None = None,
        executor: Workers | None = None,
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
        frame : Tensor, shape (minima, dim), optional
            Copies of the minima that paths end at, as `universe` finds them.
        together : int, optional
            Pairs in one batch, which is what is lost at most if the process is killed. Paths of a
            batch share mini-batches, so another number gives other paths. By default 64, or as many
            as fit into the memory that is set aside (`paths_at_once`). With workers it is what one
            of them does at a time: fewer, so that all have enough to do.
        executor : Executor or callable, optional
            Workers that batches are handed to, see `morseloss.workers`: any
            `concurrent.futures.Executor`, or a callable that makes one. Paths have the same bits.
        progress : callable, optional
            Gets `(step, running, total)` of the batch at work; with workers, how many batches are
            done, running, and there in all.

        Raises
        ------
        ValueError
            If the label, a number, a pair or the frame makes no sense, or the landscape does not
            pickle.
        StoreError
            If the folder holds paths of this label with another training.
        WorkersError
            If workers cannot do their work; the folder holds what they did.
        """
        if together is None:
            together = paths_at_once(self.landscape, training)
        if min(repeats, together) < 1:
            told = f"got {repeats} and {together}"
            raise ValueError(f"expected `repeats` and `together` 1 or more, {told}")
        minima, which = framed(self.landscape, self.minima, training, frame)
        chosen = chosen_pairs(len(minima), pairs)
        stages.claim(self.store, label, "relay")
        stages.begin(self.store, f"paths {label}", stages.joined(training, together) | which)
        known = set(self.store.names(PATH))
        batches = []
        for repeat in range(repeats):
            missing = [pair for pair in chosen if name_of(label, repeat, pair) not in known]
            groups, seed = (
                pieces(missing, together, self.ages),
                partial(self._seed, "paths", label, repeat),
            )
            batches += [Batch(repeat, tuple(group), seed(group)) for group in groups]
        ways = {"executor": executor, "progress": progress}
        with closing(linked(self.landscape, minima, training, batches, **ways)) as results:
            for batch, found in results:
                names = [name_of(label, batch.repeat, pair) for pair in batch.pairs]
                told = zip(found.records(), found.tensors(), strict=True)
                self.store.put_all(PATH, dict(zip(names, told, strict=True)))
                note_time(self.store, label, len(names), found.seconds)
        self._warn(label)

    def span(
        self,
        label: str,
        training: Training,
        *,
        cheap: str,
        margin: float = 2.0,
        within: float = 0.0,
        together: int | None = None,
        executor: Workers | None = None,
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
        within : float
            By so much bars may be longer than those of all pairs.
        together, executor, progress
            As for `connect`; pairs come in rounds, so few at a time keep more workers busy.

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
            ways = {"together": together, "executor": workers, "progress": progress}
            self.connect(label, training, pairs=chosen, **ways)
            names = [name_of(label, 0, pair) for pair in chosen]
            known = set(self.store.names(PATH))  # without those that workers died over
            return np.array([self._height(name) if name in known else np.nan for name in names])

        with nullcontext() if executor is None else hired(executor) as workers:
            return spanning_pairs(
                graph.values, graph.weights, measure, margin=margin, within=within
            )

    def relay(
        self,
        label: str = "relay",
        method: Relay = METHOD,
        *,
        budget: float,
        null: Callable[..., Relayed] | None = None,
        show: Kept | None = None,
    ) -> Relayed:
        """Join minima by ways over stations, as `relay` does, or go on where that stopped.

        Stages and rounds are kept: what is interrupted, or gets a larger budget, goes on there,
        with the same bits as in one go. `graph`, `best` and `ladder` take its label like any other.

        Parameters
        ----------
        label : str
            Names the relay in the folder; no paths may have it.
        method : Relay
        budget : float
            Gradients on all images for each pair of minima.
        null : callable, optional
            `closed_null` or `copies_null`: ways of that null, for the same label, in place of
            those between the minima. Then the budget is for each way.
        show : callable, optional
            Gets the `Relayed` after every stage and round.

        Returns
        -------
        Relayed

        Raises
        ------
        ValueError
            If the budget, the label or the tolerance makes no sense.
        StoreError
            If the folder holds paths of this label, or a relay with another method.
        Interrupted
            At an interrupt from the keyboard; the folder holds the last round.
        """
        stages.claim(self.store, label, "paths")
        name = label if null is None else f"{label}:{null.__name__}"
        minima = self.minima.to(self.landscape.device)
        check_tolerance(method.tolerance, np.array([one["value"] for one in self.measures]))
        stages.begin(self.store, f"relay {name}", stages.relayed(method))
        resume = self.relayed(name) if name in self.store.names(RELAY) else None
        keeper = Keeper(self.landscape, partial(self.store.put, RELAY, name), SECONDS, show)
        return keeper.through(
            null or relay, self.landscape, minima, method, budget=budget, resume=resume,
            generator=self._generator("relay", name),
        )  # fmt: skip

    def _height(self, name: str) -> float:
        return self.store.record(PATH, name)["height"]

    def _generator(self, *names: Any) -> torch.Generator:
        """A generator whose seed is named, so that it does not depend on what came before."""
        return torch.Generator().manual_seed(self._seed(*names))

    def _seed(self, *names: Any) -> int:
        named = hashlib.sha256(repr((self.seed, *names)).encode()).digest()
        return int.from_bytes(named[:7], "big")
