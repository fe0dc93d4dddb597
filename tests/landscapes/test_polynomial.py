import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import morseloss as ml
from tests.checks import check_landscape


@st.composite
def polynomials(draw):
    dim = draw(st.integers(1, 3))
    exponents = st.tuples(*[st.integers(0, 4)] * dim)
    terms = draw(st.dictionaries(exponents, st.floats(-3, 3), min_size=1, max_size=6))
    return ml.Polynomial(terms)


@settings(max_examples=30, deadline=None)
@given(polynomials())
def test_jet_agrees_with_derived_derivatives(land):
    check_landscape(land, torch.linspace(-1, 1.5, 3 * land.dim).reshape(3, -1).double())


def test_values_agree_with_numpy():
    land = ml.Polynomial({(4,): 1.0, (2,): -2.0, (1,): 0.5, (0,): 3.0})
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)
    expected = np.polyval([1.0, 0.0, -2.0, 0.5, 3.0], x.numpy())
    np.testing.assert_allclose(land.value(x[:, None]), expected, rtol=1e-14)


def test_integer_exponents_stand_for_one_variable():
    assert ml.Polynomial({4: 1.0, 2: -2.0}) == ml.Polynomial({(4,): 1.0, (2,): -2.0})
    assert len({ml.Polynomial({4: 1.0}), ml.Polynomial({(4,): 1.0})}) == 1


@pytest.mark.parametrize(
    ("terms", "shown"),
    [
        ({(2, 1): 3.0, (0, 0): -1.0}, "3 x0^2 x1 - 1"),
        ({(1,): -1.0}, "-x0"),
        ({(0,): 0.0}, "0"),
        ({(k,): 1.0 for k in range(12)}, "x0^11 + x0^10 + x0^9 + x0^8 + x0^7 + x0^6 + x0^5 + "
         "x0^4 + ... 12 terms"),
    ],
)  # fmt: skip
def test_repr_is_the_formula(terms, shown):
    assert repr(ml.Polynomial(terms)) == f"Polynomial({shown})"


@settings(max_examples=30, deadline=None)
@given(polynomials())
def test_the_taylor_expansion_is_the_polynomial_itself(land):
    points = torch.linspace(-1, 1.5, 3 * land.dim).reshape(3, -1).double()
    exponents, coefficients = land.taylor(points)
    assert exponents[0].tolist() == [0] * land.dim
    assert len({tuple(e) for e in exponents.tolist()}) == len(exponents) == coefficients.shape[1]
    steps = torch.tensor([-0.7, 0.1, 1.3], dtype=torch.float64)
    for step in steps:
        moved = step * torch.arange(1, land.dim + 1)
        monomials = (moved**exponents).prod(1)
        expected = land.value(points + moved)
        slack = 1e-12 * (coefficients.abs() @ monomials.abs() + 1)
        assert ((coefficients @ monomials - expected).abs() <= slack).all()


def test_the_first_taylor_coefficients_are_the_derivatives():
    land = ml.analytic.Himmelblau()
    point = torch.tensor([[0.3, -1.2]], dtype=torch.float64)
    exponents, coefficients = land.taylor(point)
    found = dict(zip(map(tuple, exponents.tolist()), coefficients[0].tolist(), strict=True))
    value, gradient, hessian = (part[0].tolist() for part in land.jet(point))
    derived = [found[e] for e in ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))]
    expected = [value, *gradient, hessian[0][0] / 2, hessian[0][1], hessian[1][1] / 2]
    np.testing.assert_allclose(derived, expected, rtol=1e-12)


def test_many_rows_are_evaluated_in_parts_like_few(generator):
    land = ml.analytic.SixHumpCamel()
    points = torch.randn(5000, 2, generator=generator, dtype=torch.float64)
    for many, few in zip(land.jet(points), land.jet(points[4990:]), strict=True):
        torch.testing.assert_close(many[4990:], few, rtol=1e-13, atol=1e-12)


def test_complex_points_have_complex_jets():
    land = ml.Polynomial({(2, 1): 3.0, (0, 0): -1.0})
    point = torch.tensor([[1j, 2.0]], dtype=torch.complex128)
    value, gradient, _ = land.jet(point)
    assert value.tolist() == [-7.0]
    assert gradient.tolist() == [[12j, -3.0]]


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({}, "at least one term"),
        ({(1, -1): 1.0}, "zero or more"),
        ({(1.5,): 1.0}, "integers"),
        ({(1,): 1.0, (1, 1): 1.0}, "one length"),
        ({(1,): float("nan")}, "finite"),
        ({(): 1.0}, "integers"),
    ],
)
def test_bad_terms_are_refused(terms, message):
    with pytest.raises(ValueError, match=message):
        ml.Polynomial(terms)


def test_from_roots_vanishes_at_the_roots():
    land = ml.Polynomial.from_roots([-1.0, 0.5, 2.0, 2.0], leading=2.0)
    roots = torch.tensor([[-1.0], [0.5], [2.0]], dtype=torch.float64)
    assert land.value(roots).abs().max() < 1e-13
    assert land.terms[(4,)] == 2.0


def test_from_derivatives_meets_hermite_data():
    data = {-1.0: (0.3, 0.0, 2.0), 0.5: (1.0,), 2.0: (-1.0, 0.0, 5.0, 1.0)}
    land = ml.Polynomial.from_derivatives(data)
    for point, wanted in data.items():
        found = torch.tensor([[point]], dtype=torch.float64)
        value, gradient, hessian = land.jet(found)
        met = [value.item(), gradient.item(), hessian.item()][: len(wanted)]
        np.testing.assert_allclose(met, wanted[:3], atol=1e-10)


def test_from_derivatives_refuses_what_it_cannot_meet():
    with pytest.raises(ValueError, match="at least one"):
        ml.Polynomial.from_derivatives({})
    crowded = {k * 1e-3: (float(k % 2), 0.0, 1.0) for k in range(12)}
    with pytest.raises((ValueError, np.linalg.LinAlgError)):
        ml.Polynomial.from_derivatives(crowded)


def test_box_holds_all_critical_points():
    for land in (ml.analytic.Himmelblau(), ml.analytic.SixHumpCamel(), ml.analytic.DoubleWell(3)):
        box = ml.Polynomial(land.terms).box
        points = land.critical_points.points
        assert ((points > box[0]) & (points < box[1])).all()


def test_box_holds_a_minimum_in_a_narrow_gorge():
    """Most directions see no farther than 10; the gorge along (1, 2, 3) leads to 67."""
    along = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64) / 14**0.5
    terms: dict[tuple[int, ...], float] = {}

    def add(exponents, coefficient):
        terms[exponents] = terms.get(exponents, 0.0) + coefficient

    # |x|^4 - (1 - 1e-4) (along . x)^4 - (along . x)^2 + |x|^2 / 10
    for i in range(3):
        add(tuple(2 * (k == i) for k in range(3)), 0.1)
        for j in range(3):
            add(tuple(2 * (k == i) + 2 * (k == j) for k in range(3)), 1.0)
            add(tuple((k == i) + (k == j) for k in range(3)), -float(along[i] * along[j]))
            for k in range(3):
                for m in range(3):
                    weight = float(along[i] * along[j] * along[k] * along[m])
                    exponents = tuple((i == a) + (j == a) + (k == a) + (m == a) for a in range(3))
                    add(exponents, -0.9999 * weight)
    land = ml.Polynomial({tuple(int(e) for e in key): c for key, c in terms.items()})
    minimum = (0.45 / 1e-4) ** 0.5 * along
    assert land.gradient(minimum[None]).norm() < 1e-8
    assert ((minimum > land.box[0]) & (minimum < land.box[1])).all()


@pytest.mark.parametrize(
    "terms",
    [{(3,): 1.0}, {(1,): 1.0}, {(2, 2): -1.0, (2, 0): 1.0, (0, 2): 1.0}, {(0, 0): 1.0}],
)
def test_box_is_unknown_where_a_polynomial_falls_or_stays_flat(terms):
    assert ml.Polynomial(terms).box is None
