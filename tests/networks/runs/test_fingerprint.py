"""What makes a run another one is told, and nothing of this process is."""

import hashlib
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.runs.fingerprint import digest, fingerprint
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import StoreError
from tests.networks.models import cross_entropy, labelled, mlp


def landscape(decay=0.01):
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6), weight_decay=decay)


def test_what_makes_a_run_another_one_is_in_its_fingerprint(tmp_path):
    one = fingerprint(landscape())
    assert one == fingerprint(landscape())
    x, y = labelled(torch.Generator().manual_seed(3), 6)
    others = [
        landscape(decay=0.02),
        NetworkLandscape(mlp(nn.ReLU), cross_entropy, x, y, weight_decay=0.01),
        NetworkLandscape(mlp(), cross_entropy, x + 1e-9, y, weight_decay=0.01),
        NetworkLandscape(mlp(), cross_entropy, x, y.flip(0), weight_decay=0.01),
        NetworkLandscape(mlp(), nn.functional.nll_loss, x, y, weight_decay=0.01),
    ]
    for other in others:
        assert fingerprint(other) != one
    Run(tmp_path, landscape()).close()
    with pytest.raises(StoreError, match=r"`weight_decay` is 0\.01 there and 0\.02 here"):
        Run(tmp_path, others[0])
    with pytest.raises(StoreError, match="`seed` is 0 there and 1 here"):
        Run(tmp_path, landscape(), seed=1)


def test_a_fingerprint_holds_no_address_of_this_process():
    class Smooth:
        def __call__(self, outputs, targets):
            return cross_entropy(outputs, targets, label_smoothing=0.1)

    x, y = labelled(torch.Generator().manual_seed(3), 6)
    for make in (Smooth, lambda: partial(lambda smooth, o, t: cross_entropy(o, t), 0.1)):
        one, other = (fingerprint(NetworkLandscape(mlp(), make(), x, y)) for _ in range(2))
        assert one == other and " at 0x" not in str(one)
    assert "label_smoothing=0.1" in fingerprint(
        NetworkLandscape(mlp(), partial(cross_entropy, label_smoothing=0.1), x, y)
    )["loss"]  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64, torch.bool, torch.complex128])
def test_a_digest_is_that_of_shape_dtype_and_bytes(dtype):
    data = torch.arange(6).reshape(2, 3).T.to(dtype)
    bytes_ = repr(((3, 2), dtype)).encode() + np.ascontiguousarray(data.numpy()).tobytes()
    assert digest(data) == hashlib.sha256(bytes_).hexdigest()[:16]


def test_images_in_half_precision_have_a_digest():
    data = torch.arange(6.0).bfloat16()
    assert digest(data) != digest(data + 1) != digest(data.half())
