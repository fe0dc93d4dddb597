"""`fingerprint`: what makes a run another one: module, loss, images, weight decay.

The one idea: two landscapes with one fingerprint and one behaviour have the same values everywhere.
"""

import hashlib
import re
from typing import Any

import torch

from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.rows import Tree, tensors_of

__all__ = ["digest", "fingerprint"]

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # another one in each process


def fingerprint(landscape: NetworkLandscape) -> dict[str, Any]:
    """Return names, shapes, numbers and digests, as JSON knows them."""
    layout, loss = landscape.pure.layout, landscape.loss
    return {
        "module": ADDRESS.sub("", str(landscape.pure.module)),
        "parameters": [
            [name, list(shape)] for name, shape in zip(layout.names, layout.shapes, strict=True)
        ],
        "loss": getattr(loss, "__qualname__", None) or ADDRESS.sub("", repr(loss)),
        "weight_decay": landscape.weight_decay,
        "images": len(landscape),
        "normalised_over": landscape.normalised_over,
        "inputs": digest(landscape.inputs),
        "targets": digest(landscape.targets),
    }


def digest(data: Tree) -> str:
    """Return a short digest of the shape, the dtype and every bit of a tensor, or of several."""
    whole = hashlib.sha256()
    if not isinstance(data, torch.Tensor):
        whole.update(repr([*data] if isinstance(data, dict) else len(data)).encode())
    for tensor in tensors_of(data):
        whole.update(repr((tuple(tensor.shape), tensor.dtype)).encode())
        raw = tensor.detach().cpu().resolve_conj().contiguous().reshape(-1)
        whole.update(raw.view(torch.uint8).numpy().tobytes())  # numpy knows no bfloat16
    return whole.hexdigest()[:16]
