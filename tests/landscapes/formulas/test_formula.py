"""Polynomials out of sympy and numpy, names of variables, and the text of terms."""

import json

import numpy as np
import pytest
import sympy
import torch
from matplotlib.mathtext import MathTextParser

import morseloss as ml
from morseloss.landscapes.units import InUnits

WELLS = ml.Polynomial({(4, 0): 1.0, (0, 2): 1.0, (2, 0): -2.0, (1, 1): 0.1})
x, y = sympy.symbols("x y")


@pytest.mark.parametrize(
    "given",
    [
        "x^4 + y^2 - 2 x^2 + 0.1 x y",
        x**4 + y**2 - 2 * x**2 + 0.1 * x * y,
        sympy.Poly(x**4 + y**2 - 2 * x**2 + 0.1 * x * y, x, y),
    ],
)
def test_a_string_and_an_expression_are_the_polynomial_of_their_terms(given):
    land = ml.Polynomial(given)
    assert land == WELLS
    assert land.names == ("x", "y")
    assert repr(land) == "Polynomial(x^4 - 2 x^2 + 0.1 x y + y^2)"


def test_a_poly_of_sympy_keeps_the_order_of_its_variables():
    assert ml.Polynomial(sympy.Poly(x**4 + y**2, y, x)) == ml.Polynomial({(0, 4): 1, (2, 0): 1})


def test_variables_of_sympy_come_in_the_order_of_their_numbers():
    twelve = sympy.symbols("x0:12")
    land = ml.Polynomial(sum(k * one for k, one in enumerate(twelve, 1)))
    assert land.names == tuple(f"x{k}" for k in range(12))
    assert land.value(torch.eye(12, dtype=torch.float64)).tolist() == list(range(1, 13))


def test_a_constant_of_sympy_is_a_polynomial_in_the_variables_that_are_named():
    assert ml.Polynomial(sympy.Poly(2, x)) == ml.Polynomial({(0,): 2.0})
    assert ml.Polynomial(sympy.Integer(2), names=("x", "y")) == ml.Polynomial({(0, 0): 2.0})


@pytest.mark.parametrize(
    "given",
    [
        np.polynomial.Polynomial([0, 0, -2, 0, 1]),
        np.polynomial.Polynomial([1, 2, 3]).convert(domain=[0, 4]),
        np.polynomial.Chebyshev([1, 0, 0, 0, 2], domain=[-2, 3]),
        np.poly1d([1, 0, -2, 0, 0]),
    ],
)
def test_a_polynomial_of_numpy_has_its_values(given):
    land = ml.Polynomial(given)
    points = np.linspace(-1, 1, 7)
    values = land.value(torch.tensor(points)[:, None])
    assert np.allclose(values, given(points), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (sympy.sin(x), "no polynomial in x"),
        (sympy.Eq(x, 1), "must be a mapping"),
        (sympy.Symbol("A", commutative=False) * x, "no polynomial in A, x"),
        (x**2 + sympy.I * x, "real numbers"),
        (np.poly1d([1j, 0]), "real"),
        ([1, 2], "must be a mapping"),
        (3, "must be a mapping"),
    ],
)
def test_what_is_no_polynomial_is_refused_with_a_way(given, why):
    with pytest.raises(ValueError, match=why):
        ml.Polynomial(given)


def test_names_are_kept_where_polynomials_are_added_and_multiplied():
    two = ml.Polynomial("a^2 + b^2") + 2 * ml.Polynomial("a b", names=("a", "b"))
    assert repr(two) == "Polynomial(a^2 + 2 a b + b^2)"
    assert ml.OnBox(two, [[-1, -1], [1, 1]]).variables == ("a", "b")
    assert WELLS.variables == ("x0", "x1")


def test_unlike_variables_are_not_added():
    with pytest.raises(ValueError, match="the variables are x and y"):
        _ = ml.Polynomial("x^2") + ml.Polynomial("y^2")


@pytest.mark.parametrize("names", [(), ("x",), ("x", "x"), ("x", "2"), ("x", "y", "z")])
def test_names_that_do_not_fit_are_refused(names):
    with pytest.raises(ValueError, match="`names`"):
        ml.Polynomial({(1, 1): 1.0}, names=names)


def test_a_file_may_hold_the_text_and_the_names(tmp_path):
    path = tmp_path / "wells.json"
    path.write_text(json.dumps({"terms": "q^4 - 2 q^2 + p^2", "names": ["q", "p"]}))
    land = ml.load_polynomial(path)
    assert land == ml.Polynomial({(4, 0): 1, (2, 0): -2, (0, 2): 1})
    assert land.names == ("q", "p")


def test_names_stand_on_the_axes():
    land = ml.Polynomial("q^4 - 2 q^2 + p^2", names=("q", "p"))
    ax = ml.plot.landscape(land)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("q", "p")


def test_names_survive_a_tilt_other_units_sums_and_circles(generator):
    land = ml.Polynomial("x^4 + y^4 - x^2")
    assert ml.perturb(land, 1e-3, generator=generator).names == ("x", "y")
    assert InUnits(land, torch.tensor([2.0, 4.0])).names == ("x", "y")
    other = ml.Function(lambda v: v.sum(-1).cos(), 2, torch.tensor([[-1.0, -1.0], [1.0, 1.0]]))
    assert (land + other).names == (land * other).names == ("x", "y")
    waves = ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 1.0}, names=("phi", "psi"))
    assert waves.variables == ("phi", "psi")
    assert ml.perturb(waves, 0.1, generator=generator).names == ("phi", "psi")
    with pytest.raises(ValueError, match="must name 2 variables"):
        ml.TrigonometricPolynomial({(1, 0): 1.0}, names=("phi",))


def test_a_notebook_typesets_a_polynomial():
    land = ml.Polynomial("x1^4 - x1 energy^2 + 1e-7 a_b^12 - 2")
    told = r"x_{1}^{4} - x_{1} \mathrm{energy}^{2} + 10^{-7} \mathrm{a\_b}^{12} - 2"
    assert sorted(land._repr_latex_().strip("$").split()) == sorted(told.split())
    assert MathTextParser("path").parse(land._repr_latex_())
