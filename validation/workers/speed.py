"""What workers gain, what they cost, and what limits 10,000 networks.

Claim: two processes with one thread each are at least 1.7 times as fast as one for 45 paths
between ten networks of the form FC-32 on digits, in batches of three, and for 20 Morse complexes
in three variables, with the same bits; and at pieces of one second an executor costs less than
5 %, 50 MB that all pieces share included. One process and two take turns, in one run; processes
are there beforehand, and what their start took is told.
Beside it: seconds and bytes by which records, pairs and bars of many networks can be reckoned.
The figures need two cores that do nothing else: the load before and after stands in the result.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn

import morseloss as ml
from morseloss.networks import NetworkLandscape, Run, SweptCurve, Training, initial
from morseloss.networks.paths.batches import Batch, linked
from morseloss.networks.paths.pairs import all_pairs
from morseloss.plot.style import AID, INK
from morseloss.workers import Workers, done, hired, processes
from validation.ensembles import wavy_polynomial
from validation.images import digits
from validation.modules import dense
from validation.report import Outcome
from validation.style import below

__all__ = ["TITLE", "draw", "run"]

TITLE = "Workers: what they gain, and what they cost"
FASTER, OVERHEAD = 1.7, 0.05
NETWORKS, TOGETHER, STEPS = 10, 3, 1500
COMPLEXES, SECONDS, SHARED = 20, 20, 6_000_000
PUT, EDGES, BENDS = 300, 2_000, 3


def run(seed: int) -> Outcome:
    """Time one process and two, in turns."""
    threads, load = torch.get_num_threads(), os.getloadavg()
    torch.set_num_threads(1)
    try:
        with hired(processes(2)) as pool:
            start = _seconds(lambda: _slept(pool, 0.0))
            rows = [_paths(seed, pool), _complexes(seed, pool)]
            overhead = _overhead(pool)
        constants = _constants(seed)
    finally:
        torch.set_num_threads(threads)
    gains = [row["one"] / row["two"] for row in rows]
    same = all(row["same"] for row in rows)
    told = ", ".join(f"{row['what']} {gain:.2f}" for row, gain in zip(rows, gains, strict=True))
    return Outcome(
        f"two processes {FASTER} times as fast as one, overhead below {OVERHEAD:.0%}, same bits",
        f"{told}; overhead {overhead:.1%}; {'the same' if same else 'OTHER'} bits; load "
        f"{load[0]:.1f} before and {os.getloadavg()[0]:.1f} after",
        min(gains) >= FASTER and overhead <= OVERHEAD and same,
        {
            "rows": rows, "overhead": overhead, "start": start, "constants": constants,
            "load": [load[0], os.getloadavg()[0]],
        },
    )  # fmt: skip


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _in_turns(what: str, work: Callable[[Workers | None, int], Any], pool: Workers) -> dict:
    """Time halves of the work, here and by workers, one after the other."""
    times, found = {"one": 0.0, "two": 0.0}, []
    for half in (0, 1):
        for name, executor in (("one", None), ("two", pool)):
            begun = time.perf_counter()
            found.append(work(executor, half))
            times[name] += time.perf_counter() - begun
    return {"what": what, **times, "same": found[0] == found[1] and found[2] == found[3]}


def _network(seed: int) -> tuple[NetworkLandscape, torch.Tensor]:
    land = NetworkLandscape(dense(64, 1, 32), nn.functional.cross_entropy, *digits())
    draws = torch.Generator().manual_seed(seed)
    return land, initial(land, NETWORKS, generator=draws)


def _paths(seed: int, pool: Workers) -> dict:
    land, networks = _network(seed)
    training = Training(SweptCurve(steps=STEPS), STEPS, 128)
    pairs = [(int(i), int(j)) for i, j in all_pairs(NETWORKS)]
    groups = [tuple(pairs[k : k + TOGETHER]) for k in range(0, len(pairs), TOGETHER)]
    batches = [Batch(0, group, seed + row) for row, group in enumerate(groups)]

    def work(executor: Workers | None, half: int) -> dict:
        found = linked(land, networks, training, batches[half::2], executor=executor)
        return {batch.seed: links.controls.numpy().tobytes() for batch, links in found}

    return _in_turns(f"{len(pairs)} paths", work, pool)


def _complexes(seed: int, pool: Workers) -> dict:
    draws = torch.Generator().manual_seed(seed)
    lands = [wavy_polynomial(3, 4, draws, strength=1.0) for _ in range(COMPLEXES)]

    def work(executor: Workers | None, half: int) -> dict:
        return dict(done(_complex, lands[half::2], executor))

    return _in_turns(f"{COMPLEXES} Morse complexes", work, pool)


def _complex(_: None, land: ml.Landscape) -> list:
    bars = ml.morse_complex(land, ml.critical_points(land)).diagram()
    return [bars.births.tobytes(), bars.deaths.tobytes()]


def _overhead(pool: Workers) -> float:
    """What is lost where two workers sleep, a second at a time."""
    shared = torch.zeros(SHARED, dtype=torch.float64)
    ideal = SECONDS / 2
    return _seconds(lambda: _slept(pool, 1.0, SECONDS, shared)) / ideal - 1


def _slept(pool: Workers, seconds: float, count: int = 2, shared: Any = None) -> None:
    for _ in done(_sleep, [seconds] * count, pool, shared=shared):
        pass


def _sleep(_: Any, seconds: float) -> None:
    time.sleep(seconds)


def _constants(seed: int) -> dict[str, float]:
    """Seconds and bytes by which a store, pairs and a barcode of many networks can be reckoned."""
    land, _ = _network(seed)
    controls = torch.zeros(BENDS + 2, land.dim, dtype=torch.float64)
    with tempfile.TemporaryDirectory() as folder, Run(folder, land) as run:
        before = _size(folder)
        parts = [{f"a:0:0-{row}": ({"height": 0.0}, {"controls": controls})} for row in range(PUT)]
        put = _seconds(lambda: [run.store.put_all("path", part) for part in parts])
        names = min(_seconds(lambda: run.store.names("path")) for _ in range(20))
        size = _size(folder) - before
    values, pairs = np.random.default_rng(seed).random(EDGES), all_pairs(EDGES)
    weights = values[pairs].max(1) + np.random.default_rng(seed + 1).random(len(pairs))
    graph = ml.LandscapeGraph(values, pairs, weights)
    bars = min(_seconds(lambda: ml.barcode(graph)) for _ in range(3))
    return {
        "dim": land.dim, "put_seconds": put / PUT, "name_seconds": names / PUT,
        "path_bytes": size / PUT, "edge_seconds": bars / len(pairs),
    }  # fmt: skip


def _size(folder: str) -> int:
    return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())


def draw(data: dict[str, Any]) -> Figure:
    """One process beside two."""
    figure = Figure(figsize=(6.4, 3), layout="constrained")
    ax = figure.add_subplot()
    rows = data["rows"]
    for name, aside, colour in (("one", -0.2, AID), ("two", 0.2, INK)):
        places, seconds = [place + aside for place in range(len(rows))], [r[name] for r in rows]
        words = f"{name} process{'es' * (name == 'two')}"
        ax.barh(places, seconds, 0.36, color=colour, label=words)
    for place, row in enumerate(rows):
        ax.text(row["two"], place + 0.2, f"  {row['one'] / row['two']:.2f} times", va="center")
    ax.set(yticks=range(len(rows)), yticklabels=[row["what"] for row in rows])
    load = " and ".join(f"{number:.1f}" for number in data["load"])
    ax.set(xlabel=f"seconds (load of the machine before and after: {load})")
    ax.set_xlim(0, 1.25 * max(max(row["one"], row["two"]) for row in rows))
    ax.invert_yaxis()
    below(ax, columns=2, depth=0.22)
    return figure
