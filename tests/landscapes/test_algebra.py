"""Sums and products of landscapes have the derivatives that calculus gives them."""

import pytest
import torch

import morseloss as ml

HIMMELBLAU, CAMEL = ml.analytic.Himmelblau(), ml.analytic.SixHumpCamel()
MUELLER = ml.analytic.MuellerBrown()
WAVE = ml.Function(lambda x: torch.sin(3 * x[:, 0]) * torch.cos(2 * x[:, 1]), dim=2)


def points(count=5):
    draws = torch.rand(count, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return 2 * draws - 1


def written(function):
    """The same function, all derivatives by torch alone."""
    return ml.Function(function, dim=2)


PAIRS = {
    "sum": (CAMEL + WAVE, lambda x: CAMEL.value(x) + WAVE.value(x)),
    "sum of sums": (
        (CAMEL + WAVE) + (WAVE + MUELLER),
        lambda x: CAMEL.value(x) + 2 * WAVE.value(x) + MUELLER.value(x),
    ),
    "difference": (WAVE - 0.5 * CAMEL, lambda x: WAVE.value(x) - 0.5 * CAMEL.value(x)),
    "number minus": (3.0 - WAVE, lambda x: 3.0 - WAVE.value(x)),
    "multiple": (2 * WAVE / 4 + 1, lambda x: 0.5 * WAVE.value(x) + 1),
    "upside down": (-(WAVE + 1.0), lambda x: -WAVE.value(x) - 1),
    "product": (CAMEL * WAVE, lambda x: CAMEL.value(x) * WAVE.value(x)),
    "polynomials": (
        CAMEL * HIMMELBLAU - CAMEL,
        lambda x: CAMEL.value(x) * (HIMMELBLAU.value(x) - 1),
    ),
}


@pytest.mark.parametrize(("land", "function"), PAIRS.values(), ids=PAIRS)
def test_derivatives_are_those_of_the_formula(land, function):
    where, plain = points(), written(function)
    vectors = torch.flip(where, [1])
    scale = float(plain.hessian(where).abs().max())
    for ours, theirs in (
        (land.value(where), plain.value(where)),
        (land.gradient(where), plain.gradient(where)),
        (land.hvp(where, vectors), plain.hvp(where, vectors)),
        (land.hessian(where), plain.hessian(where)),
        *zip(land.jet(where), plain.jet(where), strict=True),
    ):
        assert torch.allclose(ours, theirs, rtol=1e-11, atol=1e-12 * scale)


def test_polynomials_stay_polynomials_and_are_counted():
    tilted = CAMEL + 0.1 * ml.Polynomial({(1, 0): 1.0, (0, 1): -1.0})
    assert isinstance(tilted, ml.Polynomial)
    assert ml.critical_points(tilted).certificate.complete
    assert isinstance(2.0 * CAMEL - 1, ml.Polynomial)
    assert 2.0 * CAMEL == CAMEL + CAMEL
    line = ml.Polynomial({1: 1.0})
    assert (line + 1) * (line - 1) == ml.Polynomial({2: 1.0, 0: -1.0})


def test_a_sum_keeps_boxes_and_domains():
    low = torch.tensor([[-1.0, -1.0], [1.0, 2.0]], dtype=torch.float64)
    other = torch.tensor([[-3.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    left, right = (ml.Function(WAVE.value, dim=2, box=box) for box in (low, other))
    assert (left + right).box.tolist() == [[-3.0, -1.0], [1.0, 2.0]]
    assert (ml.OnBox(left, low) + WAVE).domain.equal(low)
    with pytest.raises(ValueError, match=r"two different domains.*put `OnBox` round"):
        ml.OnBox(left, low) + ml.OnBox(right, other)


def test_a_box_of_one_part_says_nothing_of_the_sum():
    wells = ml.Function(lambda x: -50 * torch.exp(-((x[:, 0] - 6) ** 2)), dim=1)
    both = ml.Polynomial({4: 0.01, 2: 0.01}) + wells
    assert both.box is None
    with pytest.raises(ValueError, match="knows no box"):
        ml.critical_points(both)


def test_bars_of_a_multiple_are_multiples_of_bars():
    def bars(land):
        found = ml.find_minima(land, ml.sample_box(MUELLER, 64, generator=generator()))
        return ml.barcode(ml.build_graph(land, found))

    def generator():
        return torch.Generator().manual_seed(0)

    once, thrice = bars(MUELLER), bars(3 * MUELLER + 2)
    assert thrice.births == pytest.approx(3 * once.births + 2, rel=1e-12)
    assert thrice.deaths[1:] == pytest.approx(3 * once.deaths[1:] + 2, rel=1e-12)


def test_what_cannot_be_added_is_refused():
    with pytest.raises(ValueError, match=r"one dimension can be added.*got 2 and 3.*`Pullback`"):
        WAVE + ml.Function(lambda x: x.sum(-1), dim=3)
    with pytest.raises(ValueError, match="got 2 and 3"):
        CAMEL + ml.Polynomial({(1, 0, 0): 1.0})
    with pytest.raises(TypeError):
        WAVE + "1"
    with pytest.raises(ValueError, match="finite numbers, got nan"):
        WAVE * float("nan")


def test_a_sum_on_a_torus_is_one_on_the_torus():
    waves = [
        ml.Function(lambda x, k=k: torch.cos(k * x[:, 0]) + torch.sin(x[:, 1]), dim=2)
        for k in (1, 2)
    ]
    angles = [ml.Periodic(wave, 2 * torch.pi) for wave in waves]
    both = angles[0] + 0.5 * angles[1]
    assert both.space == angles[0].space
    assert (angles[0] * angles[1]).space == angles[0].space
    with pytest.raises(ValueError, match=r"two different spaces.*T\^2.*R\^2.*`Periodic`"):
        angles[0] + waves[1]


def test_names_read_like_formulas():
    assert repr(MUELLER - 0.5 * (MUELLER + 2)) == "MuellerBrown() - 0.5 MuellerBrown() - 1"
    assert repr(2 * (MUELLER * WAVE)).startswith("2 (MuellerBrown()) * (Function(")


def test_a_slice_has_the_critical_points_of_the_function_on_it():
    circle = ml.Pullback(
        ml.Function(lambda x: -x[:, 0] - 2 * x[:, 1] ** 2, dim=2),
        lambda t: torch.cat([t.cos(), t.sin()], 1),
        box=torch.tensor([[-3.0], [3.0]]),
    )
    assert circle.dim == 1
    found = ml.critical_points(circle)
    # -cos t - 2 sin(t)^2: sin t (4 cos t - 1) = 0
    turn = float(torch.tensor(0.25, dtype=torch.float64).arccos())
    assert sorted(found.points.flatten().tolist()) == pytest.approx([-turn, 0.0, turn], abs=1e-12)
    with pytest.raises(
        ValueError, match=r"`forward` must map points of shape \(batch, 1\) to poin"
    ):
        ml.Pullback(ml.analytic.Himmelblau(), lambda t: t, dim=1)
