"""`Archive`: what a run's folder holds, to be read, also beside a process that writes.

The one idea: minima are named by numbers, paths by a label, a repeat and two minima; a graph is
read off them.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from morseloss._shapes import Points
from morseloss.graphs.graph import LandscapeGraph
from morseloss.networks.paths.relayed import Relayed
from morseloss.networks.relays.budget_ladder import Ladder, ladder, ladder_of
from morseloss.networks.relays.kept import STATIONS, relayed_of
from morseloss.networks.runs.folders.generations import (
    age_of,
    generation_stages,
    ordered,
    told_apart,
)
from morseloss.networks.runs.kinds import MINIMUM, PATH, RELAY, STAGE, Pair, pair_of
from morseloss.networks.runs.rescue import Rescued, rescue
from morseloss.networks.runs.stages import spent_on
from morseloss.networks.runs.steepness import descending
from morseloss.networks.runs.store import Store, StoreError
from morseloss.search.paths.curve import Bezier, Paths, Polyline
from morseloss.status import Status

__all__ = ["Archive"]

CURVES = {repr(curve): curve for curve in (Bezier(), Polyline())}


class Archive:
    """The minima and paths in a folder.

    Parameters
    ----------
    folder : str or Path
        Of a `Run`.

    Raises
    ------
    StoreError
        If the folder holds no run, or one of a newer version.
    """

    def __init__(self, folder: str | Path) -> None:
        self.store = Store(folder)
        self._told: set[int] = set()

    @property
    def minima(self) -> Points:
        """Parameter vectors of the minima, shape (n, dim), on the CPU.

        Those that came into the folder together are sorted, lowest loss first; what came later
        stands behind, so that a minimum keeps its row.

        Raises
        ------
        StoreError
            If there are none.
        """
        return torch.stack([self.store.tensors(MINIMUM, name)["point"] for name, _ in self._good()])

    @property
    def measures(self) -> list[dict[str, Any]]:
        """What was measured of each minimum, in the same order."""
        return [record for _, record in self._good()]

    @property
    def names(self) -> tuple[str, ...] | None:
        """What the minima are called, their files say; None where none has a name."""
        return told_apart(self.measures)

    @property
    def ages(self) -> list[int]:
        """The generation of each minimum: 0 for those that came first."""
        return [age_of(record) for record in self.measures]

    @property
    def labels(self) -> dict[str, int]:
        """Labels of paths and relays in the folder, and how many repeats of each there are."""
        found: dict[str, int] = {}
        for name in self.store.names(PATH):
            label, repeat, _ = name.split(":")
            found[label] = max(found.get(label, 0), int(repeat) + 1)
        return found | dict.fromkeys(self.relays, 1)

    @property
    def relays(self) -> list[str]:
        """Labels of relays in the folder."""
        return [name for name in self.store.names(RELAY) if ":" not in name]

    def nulls(self, label: str) -> dict[str, Relayed]:
        """Return the nulls of a relay by their names, those that were joined."""
        names = [name for name in self.store.names(RELAY) if name.startswith(f"{label}:")]
        return {name.split(":")[1]: self.relayed(name) for name in names}

    def relayed(self, label: str) -> Relayed:
        """Return the ways of a relay, on the CPU.

        Raises
        ------
        StoreError
            If there is no such relay.
        """
        if label not in self.store.names(RELAY):
            there = ", ".join(map(repr, self.relays)) or "none at all"
            raise StoreError(
                f"{self.store.folder} holds no relay of label {label!r}; there are {there}: take "
                "one of those, or `relay` first"
            )
        return relayed_of(self.store.record(RELAY, label), self.store.tensors(RELAY, label))

    def stations(self, label: str) -> torch.Tensor:
        """Return the losses of the stations of a relay, on all images, in their order.

        Raises
        ------
        StoreError
            If there is no such relay.
        """
        self.relayed(label)
        return self.store.tensors(RELAY, label)[STATIONS]

    def graph_with_stations(self, label: str) -> LandscapeGraph:
        """Return the graph of the minima and the stations of a relay, minima first.

        By Definition 1 a station that is lower ends a bar; in `graph` it is a point on the way.

        Raises
        ------
        StoreError
            If there is no such relay.
        """
        return self.relayed(label).graph_with_stations(self.stations(label))

    def ladder(self, *labels: str) -> Ladder:
        """Return the bars of the minima at each budget.

        Parameters
        ----------
        *labels : str
            A relay, with its looks as the budgets and lengths with stations at the last one; or
            paths of several budgets, of which the first repeat of each label is taken.

        Raises
        ------
        StoreError
            If there are no such paths.
        ValueError
            If relays stand beside others, or a budget is not known.
        """
        if len(labels) == 1 and labels[0] in self.relays:
            return ladder(self.relayed(labels[0]), self.stations(labels[0]))
        mixed = [label for label in labels if label in self.relays]
        if mixed:
            raise ValueError(
                f"relay {mixed[0]!r} has a ladder of its own budgets; ask for it alone"
            )
        spent = {label: self._cost(label) for label in labels}
        unknown = [label for label, cost in spent.items() if np.isnan(cost)]
        if unknown and not set(labels) - set(self.labels):
            raise ValueError(f"{self.store.folder}, label {unknown[0]!r}: budget not known")
        order = sorted(labels, key=lambda label: spent[label])
        return ladder_of([self.graph(label) for label in order], [spent[one] for one in order])

    def gradients(self, *labels: str, repeat: int | None = None) -> dict[Pair, float]:
        """Return what was spent on each pair, in gradients on all images.

        Parameters
        ----------
        *labels : str
            Of paths and relays; what was spent under all of them is added up.
        repeat : int, optional
            Count this one alone; by default all repeats.

        Returns
        -------
        dict
            By the rows of two minima. A way of a relay has its share of what all ways cost. Of
            other paths steps and times are counted, and looks for tops are not. Where a stage does
            not tell, as that of Algorithm 3, or the number of images is not known, nan: the budget
            is not known. Folders of earlier versions learn it when a `Run` opens them.
        """
        found: dict[Pair, float] = {}
        cost = {label: self._cost(label) for label in labels if label not in self.relays}
        for name in self.store.names(PATH):
            label, number, _ = name.split(":")
            if label in cost and repeat in (None, int(number)):
                pair = pair_of(name)
                found[pair] = found.get(pair, 0.0) + cost[label]
        for label in set(labels) & set(self.relays):
            relayed = self.relayed(label)
            for pair in map(_sorted, relayed.pairs.tolist()):
                found[pair] = found.get(pair, 0.0) + float(relayed.spent[-1]) / len(relayed)
        return found

    def _cost(self, label: str) -> float:
        """Gradients on all images of one path of a label; nan where they are not known."""
        stage = f"paths {label}"
        if stage not in self.store.names(STAGE):
            return np.nan
        images = self.store.settings.get("images", np.nan)
        return spent_on(self.store.record(STAGE, stage)["settings"], images)

    def descending(self, *labels: str) -> dict[int, float]:
        """Return the networks that are no minima, as paths show, and by how much.

        A path whose highest point is its end, and which is lower elsewhere, goes down from that
        end at once: the bar of that network has no length, or a wrong one.

        Parameters
        ----------
        *labels : str
            Of paths; without any, all.

        Returns
        -------
        dict
            By the row of the network the largest fall on any of the paths.
        """
        values = [record["value"] for record in self.measures]
        names = [n for n in self.store.names(PATH) if not labels or n.split(":")[0] in labels]
        return descending(values, ((name, self.store.record(PATH, name)) for name in names))

    def graph(self, label: str, repeat: int = 0) -> LandscapeGraph:
        """Return the graph of the minima and the paths of one label and repeat.

        Networks that are no minima are warned of. Of a relay it has the ways, and stations are
        points on them.

        Raises
        ------
        StoreError
            If there are no such paths.
        """
        ways = [label] if label in self.relays and repeat == 0 else []
        told = f"label {label!r} and repeat {repeat}"
        found = self._graph(self._names(label, repeat), told, ways)
        self._warn(label)
        return found

    def paths(self, label: str, repeat: int = 0) -> Paths:
        """Return the paths of one label and repeat, in the order of the edges of their graph.

        Raises
        ------
        StoreError
            If there are no such paths.
        """
        names = self._names(label, repeat)
        if label in self.relays:
            raise StoreError(
                f"{label!r} is a relay, whose ways have several pieces; take "
                f"`relayed({label!r}).paths()`"
            )
        if not names:
            raise self._without(f"label {label!r} and repeat {repeat}")
        records = [self.store.record(PATH, name) for name in names]
        controls = [self.store.tensors(PATH, name)["controls"] for name in names]
        status = [Status[record["status"].upper()] for record in records]
        return Paths(torch.stack(controls), CURVES[records[0]["curve"]], torch.tensor(status))

    def _names(self, label: str, repeat: int) -> list[str]:
        """Names of the paths of one label and repeat, by pair."""
        begin = f"{label}:{repeat}:"
        return sorted(
            (name for name in self.store.names(PATH) if name.startswith(begin)), key=pair_of
        )

    def _without(self, told: str) -> StoreError:
        counts = {label: f"{n} repeat{'s' * (n > 1)}" for label, n in self.labels.items()}
        there = ", ".join(f"{label!r} ({count})" for label, count in counts.items())
        return StoreError(
            f"{self.store.folder} holds no paths of {told}; there are {there or 'none at all'}: "
            "take one of those, or connect first"
        )

    def best(self, *labels: str) -> LandscapeGraph:
        """Return the graph with the lowest path of each pair, over labels and all their repeats.

        Networks that are no minima are warned of.

        Each height is an upper bound, and so is the lowest. Where copies of a network under
        exchange of its units count as one, aligned paths and others bound the same number and go
        together; where they count apart, take labels of one kind.

        Parameters
        ----------
        *labels : str
            One or more.

        Raises
        ------
        StoreError
            If a label has no paths.
        """
        known = self.store.names(PATH)
        names = [name for name in known if name.split(":")[0] in labels]
        unknown = sorted(set(labels) - set(self.labels))
        if unknown and len(self.measures) > 1:
            raise self._without(f"label {' or '.join(map(repr, unknown))}")
        ways = [label for label in self.relays if label in labels]
        found = self._graph(names, f"labels {list(labels)}", ways)
        self._warn(*labels)
        return found

    def _warn(self, *labels: str) -> None:
        """Tell of networks that are no minima, of each once."""
        found = {
            row: fall for row, fall in self.descending(*labels).items() if row not in self._told
        }
        if not found:
            return
        self._told |= set(found)
        falls = ", ".join(f"{fall:.2g}" for fall in found.values())
        warnings.warn(
            f"network{'s' * (len(found) > 1)} {', '.join(map(str, found))} of {self.store.folder} "
            f"{'are no minima' if len(found) > 1 else 'is no minimum'}: paths go down from there at"
            f" once (by {falls}), so the bars say nothing of how hard it is to leave. Let networks "
            "descend before they are joined: `run.add(points, source, finish=LBFGS())`, or "
            "`--finish` on the command line; or train longer",
            stacklevel=3,
        )

    def _graph(self, names: list[str], told: str, relays: list[str]) -> LandscapeGraph:
        """The minima, and the lowest of the named paths, and ways of relays, of each pair."""
        measures = self.measures
        values = np.array([record["value"] for record in measures])
        if not names and not relays and len(values) > 1:
            raise self._without(told)
        tops_of = [(pair_of(name), self.store.record(PATH, name)["height"]) for name in names]
        for relayed in map(self.relayed, relays):
            pairs = map(_sorted, relayed.pairs.tolist())
            tops_of += zip(pairs, relayed.tops[-1].tolist(), strict=True)
        lowest: dict[Pair, float] = {}
        for pair, top in tops_of:
            if np.isfinite(top):
                lowest[pair] = min(top, lowest.get(pair, np.inf))
        edges = np.array(sorted(lowest), dtype=int).reshape(-1, 2)
        tops = np.array([lowest[pair] for pair in sorted(lowest)], dtype=float)
        known = np.isfinite(tops)
        # rounding may put a top a hair below an end
        weights = np.maximum(tops, values[edges].max(axis=1, initial=-np.inf))[known]
        return LandscapeGraph(
            values,
            edges[known],
            weights,
            self.minima.double().numpy(),
            exact=np.zeros(len(weights), dtype=bool),
            names=told_apart(measures),
        )

    @staticmethod
    def rescue(folder: str | Path) -> Rescued:
        """Make a new database of what is whole in a damaged folder, see `rescue`."""
        return rescue(folder)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder, so that another process may write."""
        self.store.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.store!r})"

    def _good(self) -> list[tuple[str, dict[str, Any]]]:
        """Names and records of the minima, in the order of their rows."""
        generations = len(generation_stages(self.store))
        if not generations:
            raise StoreError(f"{self.store.folder} holds no minima yet; train first")
        records = [(name, self.store.record(MINIMUM, name)) for name in self.store.names(MINIMUM)]
        good = ordered(records, generations)
        if not good:
            raise StoreError(
                f"{self.store.folder} holds no minima: all its runs failed; train in "
                "another folder, with a lower learning rate"
            )
        return good


def _sorted(pair: list[int]) -> Pair:
    return min(pair), max(pair)
