"""Data of one row an image, as a tensor or several."""

from collections import namedtuple

import pytest
import torch

from morseloss.networks import NetworkLandscape
from morseloss.networks.loss.rows import cast, check_data, mapped, spread, stacked, taken
from tests.networks.models import cross_entropy, labelled, mlp

Both = namedtuple("Both", "a b")


def test_trees_are_taken_cast_and_stacked_leaf_by_leaf():
    tree = {"a": torch.arange(4), "b": (torch.ones(4, 2), Both(torch.zeros(4), torch.zeros(4)))}
    part = taken(tree, torch.tensor([3, 1]))
    assert part["a"].tolist() == [3, 1] and part["b"][1].b.shape == (2,)
    wide = cast(tree, torch.float64)
    assert wide["a"].dtype == torch.int64 and wide["b"][0].dtype == torch.float64
    assert stacked([tree, tree])["b"][0].shape == (2, 4, 2)
    assert cast(torch.ones(2, dtype=torch.complex64), torch.float64).dtype == torch.complex128
    assert mapped((), torch.neg) == ()


def test_spread_rows_hold_the_first_and_the_last():
    assert spread(5, 8).tolist() == [0, 1, 2, 3, 4]
    rows = spread(100_000, 64)
    assert len(rows.unique()) == 64 and rows[0] == 0 and rows[-1] == 99_999


@pytest.mark.parametrize("number", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("row", [0, 20, 39])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.complex64])
def test_numbers_that_are_not_finite_are_named_with_their_image(number, row, dtype, generator):
    x, y = labelled(generator, 6)
    wrong = x.to(dtype).clone()
    wrong[row, 3] = number
    kind = "nan" if number != number else "inf"
    with pytest.raises(ValueError, match=f"`inputs` must be finite, got {kind} in image {row} "):
        NetworkLandscape(mlp(), cross_entropy, wrong, y)
    with pytest.raises(ValueError, match=f"`targets.'a'.` must be finite, got {kind} in image"):
        check_data(x, {"a": wrong})


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (torch.zeros(40, 6).numpy(), "got ndarray; use `torch.as_tensor"),
        ([torch.zeros(6)] * 40, "got list; use `torch.stack"),
        ((torch.zeros(40, 6), 3), r"`inputs\[1\]` must be a tensor .* got int"),
        ({"a": torch.zeros(40), "b": torch.zeros(39)}, r"`inputs\['a'\]` and `inputs\['b'\]`"),
        (torch.zeros(()), r"got shape \(\)"),
        (torch.zeros(0, 6), r"got shape \(0, 6\)"),
        (torch.eye(40).to_sparse(), "got a torch.sparse_coo tensor; use `.to_dense"),
        (torch.zeros(40, 6, device="meta"), "`inputs` are on meta, `targets` on cpu; move one"),
        (None, "got NoneType"),
    ],
)
def test_what_is_no_data_is_told(inputs, words):
    with pytest.raises(ValueError, match=words):
        check_data(inputs, torch.zeros(40))


def test_integers_as_images_are_told_what_to_do(generator):
    x, y = labelled(generator, 6)
    with pytest.raises(ValueError, match=r"must be real numbers, as `inputs.float.. / 255`"):
        NetworkLandscape(mlp(), cross_entropy, (9 * x).to(torch.uint8), y)


def test_images_of_any_float_and_history_are_taken(generator):
    x, y = labelled(generator, 6)
    with torch.inference_mode():
        frozen = x.float() * 1
    for images in (x.half(), x.bfloat16(), frozen, x.clone().requires_grad_()):
        land = NetworkLandscape(mlp(), cross_entropy, images, y)
        assert not land.inputs.requires_grad and not land.inputs.is_inference()
        assert land.gradient(torch.zeros(1, land.dim)).isfinite().all()
