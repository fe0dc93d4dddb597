"""A finite Fourier series: its numbers, its derivatives, what is no series."""

import math

import pytest
import torch

import morseloss as ml

SERIES = ml.TrigonometricPolynomial(
    {(0, 0): 0.5, (1, 0): 1.0, (2, -1): (0.3, -0.4), (0, 3): 0.2j}, periods=[1.0, 360.0]
)


def points(land, n=7):
    return ml.sample_box(land, n, generator=torch.Generator().manual_seed(0))


def test_the_derivatives_are_those_of_the_values():
    x, derived = points(SERIES), ml.Function(SERIES.value, dim=2)
    for ours, theirs in zip(SERIES.jet(x), derived.jet(x), strict=True):
        torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(SERIES.gradient(x), derived.gradient(x))
    torch.testing.assert_close(SERIES.hessian(x), derived.hessian(x))
    torch.testing.assert_close(SERIES.hvp(x, x), derived.hvp(x, x))


def test_a_term_is_a_wave_of_its_frequencies():
    x = points(SERIES)
    s, t = 2 * math.pi * x[:, 0], 2 * math.pi * x[:, 1] / 360
    first = 0.5 + torch.cos(s) + 0.3 * torch.cos(2 * s - t) - 0.4 * torch.sin(2 * s - t)
    torch.testing.assert_close(SERIES.value(x), first - 0.2 * torch.sin(3 * t))


def test_a_two_sided_series_of_complex_numbers_means_itself():
    one = ml.TrigonometricPolynomial({1: 0.3 - 0.4j, -1: 0.3 + 0.4j})
    assert one == ml.TrigonometricPolynomial({(1,): (0.6, 0.8)})
    assert hash(one) == hash(ml.TrigonometricPolynomial({(1,): (0.6, 0.8)}))


def test_it_repeats_itself_and_periodic_agrees():
    x, turn = points(SERIES), torch.tensor([1.0, -360.0], dtype=torch.float64)
    torch.testing.assert_close(SERIES.value(x + turn), SERIES.value(x))
    assert ml.Periodic(ml.Function(SERIES.value, dim=2), SERIES.periods).space == SERIES.space


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: ml.TrigonometricPolynomial({}), "at least one term"),
        (lambda: ml.TrigonometricPolynomial({(0.5,): 1.0}), "frequencies must be integers"),
        (lambda: ml.TrigonometricPolynomial({(1,): 1.0, (1, 0): 1.0}), "one length"),
        (lambda: ml.TrigonometricPolynomial({(1,): math.nan}), "must be finite"),
        (lambda: ml.TrigonometricPolynomial({(1,): (1.0, 2.0, 3.0)}), "cosine and sine"),
        (lambda: ml.TrigonometricPolynomial({(1,): 1.0}, math.inf), "must be finite, got"),
        (lambda: ml.TrigonometricPolynomial({(1,): 1.0}, [1.0, 2.0]), "each of 1 axes, got 2"),
    ],
)
def test_what_is_no_series_is_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()
