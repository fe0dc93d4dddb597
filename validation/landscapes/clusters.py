"""All minima and passes of small Lennard-Jones clusters, up to motions and renumbering.

Claim: from random starts, a database of 7 atoms grows to exactly 4 minima and 12 passes, one of 8
atoms to 8 and 42; each is at rest to round-off and has no or one negative curvature across its
orbit, by a second computation that shares no code. A database of 13 atoms has the icosahedron at
the bottom, and all its minima hang together.
Source: the counts of Doye and Wales, J. Chem. Phys. 116, 2002, table I; the lowest energies of
Wales and Doye, J. Phys. Chem. A 101, 1997.
Tolerance: 1e-9 for gradients, 1e-6 for energies and for a zero curvature.
"""

import time

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from validation.report import Outcome

TITLE = "Lennard-Jones clusters"
PUBLISHED = {7: (4, 12, -16.505384), 8: (8, 42, -19.821489), 13: (1510, 28756, -44.326801)}
WHOLE = (7, 8)  # atoms, of which everything is to be found
CLIMBS = {7: 4000, 8: 12000, 13: 1024}  # at most
IDLE = 1500  # climbs in a row that found nothing new, after which it stops
METHOD = ml.SoftClimbs(spreads=(0.05,))
STARTS = {7: 60, 8: 60, 13: 200}
STILL, EQUAL = 1e-9, 1e-6


def run(seed: int) -> Outcome:
    """Grow the databases, and look at each point again."""
    return judged({"rows": [_grown(atoms, seed) for atoms in CLIMBS]})


def judged(data: dict) -> Outcome:
    """Compare counts and energies with the published ones."""
    rows = data["rows"]
    whole = [row for row in rows if row["atoms"] in WHOLE]
    counted = all((row["minima"], row["passes"]) == PUBLISHED[row["atoms"]][:2] for row in whole)
    sound = all(row["certified"] and row["lowest_error"] <= EQUAL for row in rows)
    told = ", ".join(f"{row['minima']} + {row['passes']} of {row['atoms']}" for row in rows)
    wanted = ", ".join("{} + {} of {}".format(*PUBLISHED[n][:2], n) for n in WHOLE)
    spent = " and ".join(f"{row['last_gradients']}" for row in whole)
    return Outcome(
        f"minima + passes: {wanted} atoms, all certified; the published lowest energies",
        f"{told} atoms, {'all' if sound else 'not all'} certified; {spent} gradients to the last",
        counted and sound,
        data,
    )


def _grown(atoms: int, seed: int) -> dict:
    generator = torch.Generator().manual_seed(seed)
    land, start = ml.Quotient(ml.LennardJones(atoms)), time.perf_counter()
    counted = ml.Counted(land)
    wells = ml.find_minima(counted, ml.sample_box(land, STARTS[atoms], generator=generator))
    history = []

    def keep(database: ml.Database) -> None:
        spent = counted.gradients + database.gradients
        history.append([spent, len(database.minima), len(database.passes)])

    begun = ml.Database.begun(land, wells)
    database = ml.expand(
        land, begun, METHOD, climbs=CLIMBS[atoms], idle=IDLE, generator=generator, keep=keep
    )
    database = _joined(land, database)
    seconds = time.perf_counter() - start
    graph = database.graph()
    last = next(entry for entry in history if entry[1:] == history[-1][1:])
    return {
        "atoms": atoms,
        "minima": len(database.minima),
        "passes": len(database.passes),
        "lost": len(database.lost),
        "climbs": int(database.tried.sum()),
        "gradients": counted.gradients + database.gradients,
        "products": counted.products + database.products,
        "last_gradients": last[0],
        "seconds": round(seconds, 1),
        "history": history,
        "orders": land.point_group_orders(database.minima.points) if atoms in WHOLE else [],
        "strings": len(database.joined),
        "pieces": int(np.isinf(ml.barcode(graph).deaths).sum()),
        "lowest_error": float(abs(graph.values.min() - PUBLISHED[atoms][2])),
        **_looked_at(database, atoms),
        "values": graph.values.tolist(),
        "edges": graph.edges.tolist(),
        "weights": graph.weights.tolist(),
    }


def _joined(land: ml.Landscape, database: ml.Database) -> ml.Database:
    """The database with strings laid from the lowest minimum to those that do not hang together."""
    lowest = int(database.minima.values.argmin())
    for row in range(len(database.minima)):
        if np.isinf(ml.minimax(database.graph())[lowest, row]):
            try:
                database = ml.connect(land, database, lowest, row)
            except ml.SearchError as error:
                database = error.found
    return database


def _looked_at(database: ml.Database, atoms: int) -> dict:
    """What plain formulas say of gradient, curvatures and distinctness of each point."""
    slopes, indices, zeros, told = [], [], [], []
    for part, index in ((database.minima, 0), (database.passes, 1)):
        for point in part.points.numpy():
            slope, curvatures, distances = _plain(point.reshape(atoms, 3))
            slopes.append(slope)
            indices.append(int((curvatures < -EQUAL).sum()) - index)
            zeros.append(int((np.abs(curvatures) <= EQUAL).sum()))
            told.append(np.append(distances, index))
    apart = np.abs(np.array(told)[:, None] - np.array(told)).max(2)
    np.fill_diagonal(apart, np.inf)
    good = max(slopes) <= STILL and not any(indices) and set(zeros) == {6} and apart.min() > EQUAL
    joined = int(np.isinf(ml.barcode(database.graph()).deaths).sum()) == 1
    return {
        "certified": bool(good and joined and not len(database.lost)),
        "steepest": float(max(slopes)),
        "closest": float(apart.min()),
    }


def _plain(places: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Gradient norm, curvatures and sorted distances, pair by pair."""
    atoms = len(places)
    slope, bend = np.zeros((atoms, 3)), np.zeros((atoms, 3, atoms, 3))
    distances = []
    for i in range(atoms):
        for j in range(i):
            way = places[i] - places[j]
            r = np.sqrt(way @ way)
            unit = way / r
            first = 24 / r**7 - 48 / r**13
            second = 624 / r**14 - 168 / r**8
            block = second * np.outer(unit, unit) + first / r * (np.eye(3) - np.outer(unit, unit))
            slope[i] += first * unit
            slope[j] -= first * unit
            bend[i, :, i] += block
            bend[j, :, j] += block
            bend[i, :, j] -= block
            bend[j, :, i] -= block
            distances.append(r)
    curvatures = np.linalg.eigvalsh(bend.reshape(3 * atoms, -1))
    return float(np.linalg.norm(slope)), curvatures, np.sort(distances)


def draw(data: dict) -> Figure:
    """Draw the disconnectivity graph of each database."""
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    axes = figure.subplots(1, len(data["rows"]), width_ratios=[1, 1.4, 2.4][: len(data["rows"])])
    for ax, row in zip(np.atleast_1d(axes), data["rows"], strict=True):
        graph = row["values"], row["edges"], row["weights"]
        draw_tree = ml.plot.disconnectivity_graph if len(graph[0]) > 20 else ml.plot.merge_tree
        draw_tree(graph, ax)
        ax.set_title(f"{row['atoms']} atoms: {row['minima']} minima, {row['passes']} passes")
        ax.set_ylabel("energy")
    return figure
