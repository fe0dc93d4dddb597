"""How a loss behaves: values at a few fixed vectors, by which changed code is seen.

The one idea: a function is what it gives. Names, shapes and digests do not see another `forward` or
another loss of the same name; a number that comes out otherwise does. A folder notes the numbers;
one that was made before such notes is told by the values of its networks, and gets its note then.
"""

import math
import warnings
from dataclasses import asdict, dataclass, field

import numpy as np
import torch

from morseloss._shapes import Points, Values
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.runs.fingerprint import digest
from morseloss.networks.runs.kinds import LOSS, MINIMUM, STAGE, STATE
from morseloss.networks.runs.store import Store, StoreError

__all__ = ["Behaviour", "behaviour", "recognise"]

SEEDS = (0, 1)
SIZES = (1.0, 4.0)  # where activations are nearly linear, and where they are not
DTYPE = torch.float64
ROWS, WORK = 128, 3e8  # images at most, and products of images and parameters
EXACT, NOISY = 1e-9, 1e-5  # relative differences: round-off of float64, more than that of float32
NOTE = "behaviour"
KNOWN = 3  # networks whose values are looked at, where there is no note


@dataclass(frozen=True)
class Behaviour:
    """What a loss gave when a folder was made.

    Attributes
    ----------
    values : tuple of float
        At the fixed vectors, on some of the images.
    images : int
        How many these are, spread over all.
    rtol : float
        Relative difference that is round-off: more where the module computes in single precision.
    chunk : int
        Images in one pass.
    mixed : bool
        Whether images of a chunk have a say in each other's loss; else `chunk` changes nothing.
    held : dict
        Digests of what the module holds and does not train, by name.
    """

    values: tuple[float, ...]
    images: int
    rtol: float = EXACT
    chunk: int = 1
    mixed: bool = False
    held: dict[str, str] = field(default_factory=dict)

    def apart(self, other: "Behaviour") -> str | None:
        """Return what shows that another loss is another function; None where nothing does."""
        names = {**self.held, **other.held}
        changed = [name for name in names if self.held.get(name) != other.held.get(name)]
        if changed:
            return (
                f"what is held fixed is another one: {', '.join(f'`{n}`' for n in changed[:5])}. A "
                "factory must give the same at each call: seed it, or read it from a file"
            )
        if self.chunk != other.chunk and (self.mixed or other.mixed):
            return (
                f"`chunk` is {self.chunk} there and {other.chunk} here, and images of a chunk have "
                "a say in each other's loss"
            )
        rtol = max(self.rtol, other.rtol)
        for there, here in zip(self.values, other.values, strict=True):
            both_nan = math.isnan(there) and math.isnan(here)
            if not both_nan and not math.isclose(there, here, rel_tol=rtol, abs_tol=1e-12):
                return (
                    f"the loss of a fixed network is {there:.10g} there and {here:.10g} here, with "
                    "the same module by name, the same images and the same weights held fixed: the "
                    "code of the module or of the loss is another one"
                )
        return None


def behaviour(landscape: NetworkLandscape) -> Behaviour:
    """Return how the loss of a landscape behaves, in float64."""
    most = int(WORK / (len(SEEDS) * len(SIZES) * landscape.dim))
    images = min(len(landscape), max(8, min(ROWS, most)))
    rows = (torch.arange(images) * len(landscape)) // images
    points = _vectors(landscape)
    rows = rows.to(points.device)
    with torch.no_grad():
        values = landscape.batch(rows).value(points)
        noise = _off(values, _in_halves(landscape, rows, points))
    mixed, chunk = noise > NOISY, min(landscape.chunk, len(landscape))
    rtol = EXACT if mixed else max(EXACT, 100 * noise)
    return Behaviour(tuple(values.tolist()), images, rtol, chunk, mixed, _held(landscape))


def recognise(store: Store, landscape: NetworkLandscape) -> None:
    """Compare a landscape with the note in its folder, or write the note.

    Raises
    ------
    StoreError
        If its loss is another function.
    """
    now = behaviour(landscape)
    if NOTE in store.names(LOSS):
        known = store.record(LOSS, NOTE)
        there = Behaviour(**{**known, "values": tuple(known["values"])})
        apart = there.apart(now)
    else:
        apart = _checked(store, landscape)
    if apart:
        raise StoreError(
            f"{store.folder} holds a run of another loss: {apart}. What it holds belongs to "
            "that one; go on with it, or take another folder"
        )
    if NOTE not in store.names(LOSS):
        store.put(LOSS, NOTE, asdict(now))


def _checked(store: Store, landscape: NetworkLandscape) -> str | None:
    """What the values of the networks show, in a folder without a note."""
    names = store.names(MINIMUM)
    if not names and not store.names(STATE) and not store.names(STAGE):
        return None  # a new folder
    for name in names[:KNOWN]:
        value, point = store.record(MINIMUM, name)["value"], store.tensors(MINIMUM, name)["point"]
        with torch.no_grad():
            now = float(landscape.value(point.double().to(landscape.device)[None]))
        if not math.isclose(value, now, rel_tol=1e-6, abs_tol=1e-12) and math.isfinite(value):
            return f"network {name} has the value {value:.8g} there and {now:.8g} here"
    told = f"the values of {len(names[:KNOWN])} of its networks are those of this landscape, and "
    warnings.warn(
        f"{store.folder} was made by a version that did not note how its loss behaves; "
        f"{told if names else ''}that is noted now",
        stacklevel=7,
    )
    return None


def _in_halves(landscape: NetworkLandscape, rows: torch.Tensor, points: Points) -> Values:
    """The same mean, of two means: the same value where images do not see each other."""
    halves = [half for half in (rows[::2], rows[1::2]) if len(half)]  # as no chunks are
    parts = [landscape.batch(half).value(points) * (len(half) / len(rows)) for half in halves]
    return torch.stack(parts).sum(0)


def _off(one: Values, other: Values) -> float:
    off = (one - other).abs() / torch.maximum(one.abs(), other.abs()).clamp_min(1e-3)
    return float(off.nan_to_num(0.0).amax())


def _vectors(landscape: NetworkLandscape) -> Points:
    """Vectors that are the same on all machines and with all versions of the libraries.

    Weights are uniform, as large as their number of inputs allows; those that are vectors, biases
    say, are between -1/2 and 1/2.
    """
    layout = landscape.pure.layout
    bounds = [
        torch.full((size,), (3 * shape[0] / size) ** 0.5 if len(shape) > 1 else 0.5, dtype=DTYPE)
        for shape, size in zip(layout.shapes, layout.sizes, strict=True)
    ]
    bound = torch.cat(bounds)
    rows = []
    for seed in SEEDS:
        bits = np.random.PCG64(seed).random_raw(layout.dim) >> np.uint64(11)
        even = torch.from_numpy(bits.astype(np.float64) * 2.0**-53)
        rows += [size * (2 * even - 1) * bound for size in SIZES]
    return torch.stack(rows).to(landscape.device)


def _held(landscape: NetworkLandscape) -> dict[str, str]:
    """Digests of what the module holds and does not train: frozen parameters, and buffers."""
    module, moving = landscape.pure.module, set(landscape.pure.layout.names)
    parts = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    # in single precision, whichever the module is kept in
    return {
        name: digest(part.float() if part.is_floating_point() else part)
        for name, part in parts.items()
        if name not in moving
    }
