"""A cluster whose workers are late and die: how long 4,950 pairs take on it, in virtual time.

Claim: 4,950 pieces, the pairs of 100 minima of Rastrigin's function, on 8, 32 and 128 workers end
within 1.15 times the ideal, all work shared evenly and nothing lost, though pieces last unevenly
(log-normal, half of them below 50 s, one in twenty above 114 s), each starts up to 5 s late, one in
fifty kills its worker at some moment, and a worker comes back after a minute. A piece that three
workers died over is left out, and done by a second call. Every height is there, with the bits of
one process.
No second passes: clock, delays and deaths are those of an executor that is driven by the pieces
that are handed to it, drawn from the seed.
"""

import heapq
import random
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

import morseloss as ml
from morseloss.workers import done
from validation.report import Outcome

__all__ = ["TITLE", "VirtualCluster", "draw", "run"]

TITLE = "A cluster with delays and deaths: time over the ideal"
NETWORKS, WORKERS, LIMIT = 100, (8, 32, 128), 1.15
MEDIAN, SPREAD = 50.0, 0.5  # seconds of a piece, and the deviation of their logarithm
LATE, DEATH, AWAY = 5.0, 0.02, 60.0  # seconds, a piece, seconds


class Lost(Exception):
    """What the engine says of a piece whose worker died."""


class VirtualCluster(Executor):
    """Workers in virtual time: pieces are done when handed over, and end when the clock says so.

    Parameters
    ----------
    workers : int
    draws : random.Random
    seconds : callable
        How long a piece lasts, by the number of those that came before.
    """

    def __init__(self, workers: int, draws: random.Random, seconds: Callable[[int], float]) -> None:
        self.max_workers, self.draws, self.seconds = workers, draws, seconds
        self.now, self.deaths, self.handed, self.busy = 0.0, 0, 0, 0.0
        self.free = [(0.0, worker) for worker in range(workers)]
        self.events: list[tuple[float, int, Future[Any], Any]] = []

    def submit(self, function: Callable[..., Any], /, *parts: Any, **_: Any) -> Future[Any]:
        """Take a piece."""
        free, worker = heapq.heappop(self.free)
        start = max(free, self.now + self.draws.uniform(0, LATE))
        lasts, dies = self.seconds(self.handed), self.draws.random() < DEATH
        lasts *= self.draws.random() if dies else 1.0
        end, future = start + lasts, Future[Any]()
        found = Lost(f"worker {worker} died") if dies else function(*parts)
        self.deaths, self.handed, self.busy = (
            self.deaths + dies, self.handed + 1, self.busy + lasts,
        )  # fmt: skip
        heapq.heappush(self.events, (end, self.handed, future, found))
        heapq.heappush(self.free, (end + AWAY * dies, worker))
        return future

    def advance(self, *_: int) -> None:
        """Let time pass until a piece ends; called when all that can be is handed over."""
        if self.events:
            self.now, _, future, found = heapq.heappop(self.events)
            if isinstance(found, Lost):
                future.set_exception(found)
            else:
                future.set_result(found)


def run(seed: int) -> Outcome:
    """Let the pairs be done by each cluster."""
    land = ml.analytic.Rastrigin(dim=2, wells=5)
    minima = land.critical_points.of_index(0).points[:NETWORKS]
    pairs = torch.combinations(torch.arange(len(minima))).tolist()
    here = dict(done(straight, pairs, shared=(land, minima)))
    rows = [_clustered(workers, seed, pairs, (land, minima), here) for workers in WORKERS]
    worst = max(row["seconds"] / row["ideal"] for row in rows)
    same = all(row["same"] for row in rows)
    return Outcome(
        f"{len(pairs)} pairs within {LIMIT} times the ideal, every height with the same bits",
        f"{worst:.3f} times at most with {', '.join(str(r['deaths']) for r in rows)} deaths; "
        f"{'the same' if same else 'OTHER'} bits",
        same and worst <= LIMIT,
        {"pairs": len(pairs), "rows": rows},
    )


def straight(shared: tuple[ml.Landscape, Tensor], pair: list[int]) -> float:
    """Return the highest of 65 values on the straight line between two minima."""
    land, minima = shared
    start, end = minima[pair]
    times = torch.linspace(0, 1, 65, dtype=torch.float64)[:, None]
    return float(land.value(torch.lerp(start, end, times)).max())


def _clustered(
    workers: int, seed: int, pairs: list, shared: Any, here: dict[int, float]
) -> dict[str, Any]:
    draws = random.Random(f"{seed} {workers}")
    lasting = [draws.lognormvariate(0.0, SPREAD) * MEDIAN for _ in range(2 * len(pairs))]
    cluster = VirtualCluster(workers, draws, lasting.__getitem__)
    ends, found, calls = [], {}, 0
    while len(found) < len(pairs):
        rows, calls = [row for row in range(len(pairs)) if row not in found], calls + 1
        missing = [pairs[row] for row in rows]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*left out", UserWarning)
            ways = {"shared": shared, "progress": cluster.advance}
            for index, height in done(straight, missing, cluster, **ways):
                found[rows[index]] = height
                ends.append(cluster.now)
    return {
        "workers": workers, "deaths": cluster.deaths, "pieces": cluster.handed, "calls": calls,
        "ideal": sum(lasting[: len(pairs)]) / workers, "busy": cluster.busy / workers,
        "seconds": cluster.now, "same": found == here,
        "ends": [0.0, *ends[:: len(pairs) // 50], ends[-1]],
    }  # fmt: skip


def draw(data: dict[str, Any]) -> Figure:
    """Pairs that are done over time, for each cluster."""
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    ax = figure.add_subplot()
    ax.plot([0, 1], [0, 1], "k--", lw=1, label="ideal")
    for row in data["rows"]:
        done_by = [k / (len(row["ends"]) - 1) for k in range(len(row["ends"]))]
        over = row["seconds"] / row["ideal"]
        words = f"{row['workers']} workers, {row['deaths']} deaths: {over:.3f}"
        ax.plot([end / row["ideal"] for end in row["ends"]], done_by, label=words)
    ax.set(xlabel="time over the ideal", ylabel=f"part of {data['pairs']} pairs")
    ax.legend(frameon=False)
    return figure
