"""`stored_profiles`: how high stored paths run, from what their training has kept.

The one idea: the search for the top of a path looks at losses all along it. They are kept with the
path, so that a picture costs no evaluation; paths of earlier versions get theirs once.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss.graphs.graph import many
from morseloss.networks.paths.network_heights import network_heights
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.kinds import PATH, pair_of
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import StoreError
from morseloss.search.iterate import Progress
from morseloss.search.paths.curve import Paths

__all__ = ["PROFILE", "StoredProfiles", "stored_profiles"]

PROFILE = "profile"  # name of the tensor


@dataclass(frozen=True, eq=False)
class StoredProfiles:
    """Losses along the paths of one label, their tops among them.

    Attributes
    ----------
    pairs : ndarray of int, shape (m, 2)
        Rows of the minima at the ends.
    names : tuple of str
        `0 – 1`, or the names of the two minima.
    lengths : ndarray, shape (m, times)
        Part of the path's length that lies behind, from 0 to 1.
    values : ndarray, shape (m, times)
        Losses on all images.
    tops : ndarray, shape (m, 2)
        Length behind the highest point, and its loss: the height of the path.
    """

    pairs: Int[np.ndarray, "m 2"]
    names: tuple[str, ...]
    lengths: Float[np.ndarray, "m times"]
    values: Float[np.ndarray, "m times"]
    tops: Float[np.ndarray, "m 2"]

    def __len__(self) -> int:
        return len(self.pairs)

    def __repr__(self) -> str:
        return f"StoredProfiles({many(len(self), 'path')} at {self.values.shape[1]} points each)"


def stored_profiles(
    archive: Archive, label: str, repeat: int = 0, *, progress: Progress | None = None
) -> StoredProfiles:
    """Return the losses along the stored paths of one label and repeat.

    Parameters
    ----------
    archive : Archive or Run
    label : str
        Of paths, not of a relay.
    repeat : int
    progress : callable, optional
        Gets `(paths done, paths left, paths)` where a `Run` computes those that an earlier version
        has not kept; it keeps them.

    Returns
    -------
    StoredProfiles

    Raises
    ------
    StoreError
        If there are no such paths, or an `Archive`, which has no landscape, holds paths without.
    """
    paths, store = archive.paths(label, repeat), archive.store
    begin = f"{label}:{repeat}:"
    named = sorted((n for n in store.names(PATH) if n.startswith(begin)), key=pair_of)
    tensors = {name: store.tensors(PATH, name) for name in named}
    without = [row for row, name in enumerate(named) if PROFILE not in tensors[name]]
    if without and not isinstance(archive, Run):
        raise StoreError(
            f"{store.folder} holds {len(without)} paths of {label!r} without the losses along "
            "them, as an earlier version wrote them; open it as `Run(folder, landscape)`, which "
            "computes them once and keeps them"
        )
    if without and isinstance(archive, Run):
        found = _computed(archive, paths, without, progress)
        for row, profile in zip(without, found, strict=True):
            tensors[named[row]][PROFILE] = profile
            store.put(PATH, named[row], store.record(PATH, named[row]), tensors[named[row]])
    called = archive.names or [str(row) for row in range(len(archive.measures))]
    pairs = [pair_of(name) for name in named]
    parts = []
    for row, name in enumerate(named):
        record, profile = store.record(PATH, name), tensors[name][PROFILE]
        parts.append(_with_top(paths, row, profile, record["time"], record["height"]))
    lengths, values, tops = (np.stack(column) for column in zip(*parts, strict=True))
    names = tuple(f"{called[first]} – {called[second]}" for first, second in pairs)
    return StoredProfiles(np.array(pairs), names, lengths, values, tops)


def _computed(
    run: Run, paths: Paths, rows: list[int], progress: Progress | None
) -> Float[Tensor, "rows times"]:
    device = run.landscape.device
    some = Paths(paths.controls[rows].to(device), paths.curve, paths.status[rows])
    return network_heights(run.landscape, some, closing=0, progress=progress).sampled.cpu()


def _with_top(
    paths: Paths, row: int, profile: Tensor, time: float, height: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lengths and values of one path, with its top among them, and the top."""
    grid = torch.linspace(0, 1, len(profile), dtype=torch.float64)
    place = int(torch.searchsorted(grid, time))
    times = torch.cat([grid[:place], grid.new_tensor([time]), grid[place:]])
    values = torch.cat([profile[:place], profile.new_tensor([height]), profile[place:]])
    controls = paths.controls[row].double()
    controls = controls - controls[:1]
    # steps in the span of the few controls, not in that of all weights
    steps = paths.curve.weights(times, len(controls)).diff(dim=0)
    gram = controls @ controls.T
    behind = torch.einsum("tk,kl,tl->t", steps, gram, steps).clamp_min(0).sqrt().cumsum(0)
    lengths = torch.cat([behind.new_zeros(1), behind])
    if not bool(lengths[-1] > 0):
        lengths = times
    lengths = lengths / lengths[-1]
    return lengths.numpy(), values.numpy(), np.array([float(lengths[place]), height])
