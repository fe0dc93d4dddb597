"""`stratified`: all critical points of a landscape on a box, walls, edges and corners included.

The one idea: each face is searched as a landscape in fewer variables. A critical point of the
restriction counts, with the index of the restriction, if the landscape grows inward from every wall
that the face lies on; where it is level across one, the point is degenerate.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._rows import take
from morseloss._shapes import Points
from morseloss.caution import caution
from morseloss.landscapes.boxes.strata import Face, OnFace, faces
from morseloss.landscapes.boxes.walls import growth_inward
from morseloss.landscapes.certificate import Certificate
from morseloss.landscapes.critical import ZERO_TOLERANCE, CriticalPoints, classify, merge
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.search.complete.smooth import covered
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.flow import step_off
from morseloss.search.iterate import Progress
from morseloss.search.saddles import searched
from morseloss.search.shares import Shares
from morseloss.search.walls.face_count import FaceCount, count_on_face
from morseloss.status import Interrupted, Status

__all__ = ["stratified"]

MOST_VARIABLES = 6  # of a box whose faces are searched one by one, 729 of them
FEWEST_STARTS = 32  # of those given that a face gets


def stratified(
    landscape: Landscape,
    starts: Points | Polynomial | None,
    rounds: int,
    max_steps: int,
    progress: Progress | None,
    shares: Shares,
) -> CriticalPoints:
    """Return all critical points on the domain of a landscape; see `critical_points`.

    Parameters
    ----------
    landscape : Landscape
        With a domain.
    starts : Tensor, shape (starts, dim), Polynomial or None
        Where searches begin, or what the landscape is on the box: then all zeros are counted. With
        None each face is covered by series.
    rounds, max_steps, progress
        As for `critical_points`.
    shares : Shares
        How many paths, or searches, are followed together on a face, and by whom.

    Raises
    ------
    ValueError
        If there are too many faces.
    Interrupted
        At an interrupt from the keyboard; `found` holds those of the faces that are done.

    References
    ----------
    Goresky, MacPherson, "Stratified Morse theory", 1988, part I, chapter 3.
    """
    if landscape.dim > MOST_VARIABLES:
        raise ValueError(
            f"the critical points on a box with walls are sought on each of its faces, in at most "
            f"{MOST_VARIABLES} variables, got {landscape!r} of dimension {landscape.dim}; "
            "`find_minima`, `find_saddles` and `build_graph` work there"
        )
    if starts is None:
        return _of_covers(landscape, progress)
    if isinstance(starts, Polynomial):
        return _of_counts(landscape, starts, rounds, progress, shares)
    return _of_searches(landscape, starts, rounds, max_steps, progress, shares)


def _of_counts(
    landscape: Landscape,
    polynomial: Polynomial,
    rounds: int,
    progress: Progress | None,
    shares: Shares,
) -> CriticalPoints:
    """The critical points of a polynomial, all complex ones counted on every face."""
    counts: list[FaceCount] = []

    def on_face(face: Face) -> tuple[Points, torch.Tensor]:
        found = count_on_face(polynomial, face, rounds, progress, shares)
        counts.append(found)
        return found.points, found.several

    points = _collected(landscape, on_face)
    corners = 2**landscape.dim  # each the one critical point of its face
    alphas = [found.alpha for found in counts if found.alpha == found.alpha]
    certificate = Certificate.of(
        points.indices,
        expected=corners + sum(found.expected for found in counts),
        found=corners + sum(found.found for found in counts),
        real=corners + sum(found.real for found in counts),
        alpha=max(alphas, default=float("nan")),
        rounds=max((found.rounds for found in counts), default=1),
    )
    lost = certificate.expected - certificate.found
    if lost:
        caution(
            f"incomplete: {lost} of {certificate.expected} complex critical points of "
            f"{polynomial!r} on the faces of the box were not found; raise `rounds`, or pass "
            "`starts` to search instead"
        )
    return _certified(landscape, points, certificate)


def _of_covers(landscape: Landscape, progress: Progress | None) -> CriticalPoints:
    """The critical points of a smooth function, from series on cells of every face."""
    seen: list[Certificate] = []

    def on_face(face: Face) -> tuple[Points, torch.Tensor]:
        found = covered(OnFace(landscape, face), face.box, progress=progress)
        if found.certificate is not None:
            seen.append(found.certificate)
        flat = found.status == Status.DEGENERATE
        kept = face.inside(found.points)
        return found.points[kept], flat[kept].long()

    points = _collected(landscape, on_face)
    certificate = Certificate.of(
        points.indices,
        cells=sum(part.cells for part in seen),
        flat=sum(part.flat for part in seen),
        undecided=sum(part.undecided for part in seen),
        fit_error=max((part.fit_error for part in seen), default=0.0),
        fit_rise=max((part.fit_rise for part in seen), default=0.0),
    )
    if certificate.undecided:
        caution(
            f"incomplete: of {certificate.undecided} places on the faces of the box of "
            f"{landscape!r} it is not known whether there is no critical point, one, or more"
        )
    return _certified(landscape, points, certificate)


def _of_searches(
    landscape: Landscape,
    starts: Points,
    rounds: int,
    max_steps: int,
    progress: Progress | None,
    shares: Shares,
) -> CriticalPoints:
    """The critical points that searches for every index, from the starts, find on every face."""
    points, done = classify(landscape, starts[:0]), 0
    while not done or (done < rounds and not Certificate.of(points.indices).consistent):
        done += 1
        again = points

        def on_face(face: Face, again: CriticalPoints = again) -> tuple[Points, torch.Tensor]:
            found = _searched_on(landscape, face, starts, again, max_steps, progress, shares)
            return found, torch.zeros(len(found), dtype=torch.long, device=found.device)

        points = _collected(landscape, on_face)
    return _certified(landscape, points, Certificate.of(points.indices, rounds=done))


def _searched_on(
    landscape: Landscape,
    face: Face,
    starts: Points,
    known: CriticalPoints,
    max_steps: int,
    progress: Progress | None,
    shares: Shares,
) -> Float[Tensor, "found free"]:
    """Critical points inside a face, of every index; more starts where some are known already."""
    restricted = OnFace(landscape, face)
    share = 1.0 if len(known) else face.dim / landscape.dim
    count = max(FEWEST_STARTS, round(len(starts) ** share))
    begun = starts[:count].clamp(*landscape.domain.to(starts))[:, face.free]  # pyright: ignore
    there = [part[:, face.free] for part in (known.points,) if len(part)]
    beside = [
        step_off(restricted, points, mode=mode) for points in there for mode in range(face.dim)
    ]
    begun = torch.cat([begun, *there, *beside])
    found = [
        searched(
            restricted, begun, SaddleDynamics(index=index), max_steps, progress,
            together=shares.together, executor=shares.executor,
        ).points
        for index in range(face.dim + 1)
    ]  # fmt: skip
    found = torch.cat(found)
    return found[face.inside(found)]


def _collected(landscape: Landscape, on_face: Callable[[Face], Any]) -> CriticalPoints:
    """The critical points that count, of those inside each face."""
    places, several = [], []
    domain = landscape.domain
    none = torch.zeros(0, landscape.dim, dtype=torch.float64)
    try:
        for face in faces(landscape):
            if face.dim:
                found, flags = on_face(face)
            else:
                found, flags = face.box[:1], torch.zeros(1, dtype=torch.long)
            places.append(face.embedded(found))
            several.append(flags.to(places[-1].device))
    except Interrupted:
        points = torch.cat(places) if places else none
        raise Interrupted(_counting(landscape, points, torch.cat(several))) from None
    points = torch.cat(places) if domain is not None else none
    return _counting(landscape, points, torch.cat(several))


def _counting(landscape: Landscape, points: Points, several: torch.Tensor) -> CriticalPoints:
    """Those points from which the landscape grows inward from all walls, classified and merged."""
    found = classify(landscape, points)
    if not len(points) or landscape.domain is None:
        return found
    growth = growth_inward(landscape, points, landscape.gradient(points))
    width = (landscape.domain[1] - landscape.domain[0]).to(points)
    seen = torch.cat([found.eigenvalues, growth / width]).nan_to_num(0.0, 0.0, 0.0).abs().max()
    kept = ~(growth < -ZERO_TOLERANCE[torch.float64] * seen * width).any(-1)
    indices = torch.where(several > 0, -1, found.indices)
    status = torch.where(several > 0, int(Status.DEGENERATE), found.status)
    return merge(take(replace(found, indices=indices, status=status), kept))


def _certified(
    landscape: Landscape, points: CriticalPoints, certificate: Certificate
) -> CriticalPoints:
    if certificate.degenerate:
        flat = points.of_index(-1)
        caution(
            f"{len(flat)} critical point{' is' if len(flat) == 1 else 's are'} degenerate in "
            f"{landscape!r}, the first at "
            f"{flat.points[0].tolist()}: a Hessian eigenvalue along its face or the slope across a "
            "wall there is zero; move that wall, or use `perturb(landscape, size)`"
        )
    elif certificate.euler != 1:
        caution(
            f"incomplete: the critical points found in {landscape!r}, {points!r}, have the "
            f"alternating count {certificate.euler}, not 1; draw more `starts`"
        )
    return replace(points, origins=None, certificate=certificate)
