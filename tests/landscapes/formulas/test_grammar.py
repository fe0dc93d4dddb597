"""Polynomials written as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from morseloss.landscapes.formulas.formula import latex
from morseloss.landscapes.formulas.grammar import parsed


@pytest.mark.parametrize(
    ("text", "terms", "names"),
    [
        ("x^4 - 2 x^2 + 0.1 x y", {(4, 0): 1, (2, 0): -2, (1, 1): 0.1}, ("x", "y")),
        ("x**4-2*x**2", {(4,): 1, (2,): -2}, ("x",)),
        ("-x^2 + x^4", {(2,): -1, (4,): 1}, ("x",)),
        ("(x - 1)(x + 1)", {(2,): 1, (1,): 0, (0,): -1}, ("x",)),
        ("2x2^2 x10", {(2, 1): 2}, ("x2", "x10")),
        ("1/2 x^2", {(2,): 0.5}, ("x",)),
        ("x^2/4", {(2,): 0.25}, ("x",)),
        ("1e-3x^2 + 2E1", {(2,): 1e-3, (0,): 20}, ("x",)),
        ("2^3^2 x", {(1,): 512}, ("x",)),
        ("--x^2 - -3", {(2,): 1, (0,): 3}, ("x",)),
        ("-(x - 2)^2", {(2,): -1, (1,): 4, (0,): -4}, ("x",)),
        ("x² \u2212 3·y³", {(2, 0): 1, (0, 3): -3}, ("x", "y")),
        ("xy^2", {(2,): 1}, ("xy",)),
        ("x\u2076 - 2x\u00b2", {(6,): 1, (2,): -2}, ("x",)),
        ("3 x\u00b9\u2070 y", {(10, 1): 3}, ("x", "y")),
        ("x\u2081\u2080\u00b2 x\u2082", {(1, 2): 1}, ("x\u2082", "x\u2081\u2080")),
        ("x\u2081x\u2082", {(1, 1): 1}, ("x\u2081", "x\u2082")),
        ("x^4 \u2013 2\u00a0x^2", {(4,): 1, (2,): -2}, ("x",)),
        ("x\u00f72 + 3\u2217x^2", {(1,): 0.5, (2,): 3}, ("x",)),
        ("10^-2 x + 4^0.5 x^2 + (-2)^3", {(1,): 0.01, (2,): 2, (0,): -8}, ("x",)),
        ("[x^2 - 1]^2", {(4,): 1, (2,): -2, (0,): 1}, ("x",)),
        ("3(x+1)x", {(2,): 3, (1,): 3}, ("x",)),
    ],
)
def test_text_means_what_its_reader_means(text, terms, names):
    assert parsed(text) == (pytest.approx(terms), names)


@pytest.mark.parametrize(
    ("text", "terms", "names"),
    [
        (r"x^{4} - 2x^{2}", {(4,): 1, (2,): -2}, ("x",)),
        (r"x^{10}y", {(10, 1): 1}, ("x", "y")),
        (r"x_{1}^{4} + x_1 x_{2}", {(4, 0): 1, (1, 1): 1}, ("x_1", "x_2")),
        (r"x_{kin}^2", {(2,): 1}, ("x_kin",)),
        (r"2 \cdot x \times y", {(1, 1): 2}, ("x", "y")),
        (r"\frac{1}{2}x^2 + \dfrac{x}{4}", {(2,): 0.5, (1,): 0.25}, ("x",)),
        (r"\frac12 x + \frac{3}4", {(1,): 0.5, (0,): 0.75}, ("x",)),
        (r"\left(x - 1\right)\left[x + 1\right]", {(2,): 1, (1,): 0, (0,): -1}, ("x",)),
        (r"$x^4 - 2\,x^2$", {(4,): 1, (2,): -2}, ("x",)),
        (r"$$ x^4 $$", {(4,): 1}, ("x",)),
        (r"\( x^4 \)", {(4,): 1}, ("x",)),
        (r"\[ x^4 \]", {(4,): 1}, ("x",)),
        (r"\alpha^2 \beta_{2}", {(2, 1): 1}, ("alpha", "beta_2")),
        (r"\mathrm{energy}^2 \mathrm{e}_{1}", {(1, 2): 1}, ("e_1", "energy")),
        (r"2 \cdot 10^{-3} x~y", {(1, 1): 2e-3}, ("x", "y")),
    ],
)
def test_latex_means_what_it_shows(text, terms, names):
    assert parsed(text) == (pytest.approx(terms), names)


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 4), st.integers(0, 4)),
        st.floats(-1e30, 1e30).map(lambda x: float(f"{x:g}")).filter(bool),
        min_size=1,
        max_size=6,
    )
)
def test_what_a_notebook_typesets_is_read_again(terms):
    again, names = parsed(latex(terms, ("x_1", "energy")), ("x_1", "energy"))
    assert names == ("x_1", "energy")
    assert again == pytest.approx(terms)


@pytest.mark.parametrize(
    ("text", "names", "terms"),
    [
        ("2xy^2 + x^4", ("x", "y"), {(1, 2): 2, (4, 0): 1}),
        ("x1x2 + x1^2", ("x1", "x2"), {(1, 1): 1, (2, 0): 1}),
        ("xy + x", ("x", "xy"), {(0, 1): 1, (1, 0): 1}),
    ],
)
def test_with_names_letters_side_by_side_are_a_product_unless_they_are_a_name(text, names, terms):
    assert parsed(text, names) == (terms, names)


@pytest.mark.parametrize(
    "text", ["x^2 + y^2 + 2xy", "x^4 + xy", "x + xyz", "a^2 - ab + b^2", "xx + x"]
)
def test_a_name_that_may_be_a_product_of_others_is_refused(text):
    with pytest.raises(ValueError, match=r"one variable or a product, at character .* write `. ."):
        parsed(text)


def test_names_set_the_order_of_the_variables_and_may_be_more_than_occur():
    assert parsed("x^2 + y", ("y", "x", "z")) == ({(0, 2, 0): 1.0, (1, 0, 0): 1.0}, ("y", "x", "z"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sin(x)", "no `sin`"),
        ("x^^2", "at character 3"),
        ("x^-1", "whole number"),
        ("x^y", "whole number"),
        ("x^0.5", "whole number"),
        ("x^101", "whole number"),
        ("x^99 y^99", "may have degree 100"),
        ("1/x", "divided by numbers"),
        ("x/0", "divided by numbers"),
        ("(x", "a closing bracket"),
        ("x)", "between two parts"),
        ("x $ y", "at character 3"),
        ("__import__('os')", "at character 12"),
        ("x +", "it ends there"),
        ("", "it ends there"),
        ("3", "no variable"),
        ("9^99 * 9^99 * 9^99 * 9^99 x", "above 1.8e308"),
        ("x\u207b\u00b9", "whole number"),
        ("10 000 x", "two numbers side by side.*at character 4"),
        ("1_000 x", "two numbers side by side"),
        ("1.5.5 x", "two numbers side by side"),
        ("x\u00b23", "two numbers side by side"),
        ("\u00bd x", "letters, digits and underscores"),
        ("ln x + x^2", "no `ln`"),
        ("Arctan(x)", "no `Arctan`"),
        ("\u03c0 x", "write 3.14159"),
        ("nan x^4", "must be finite, got `nan`"),
        ("(" * 60 + "x" + ")" * 60, "brackets in one another"),
        ("x+" * 6000, "characters"),
        (r"\sum_{i} x_i^2", r"`.sum` at character 1 of .*there are .cdot"),
        (r"x^2 \\ y", "at character 5 of"),
        (r"\sqrt{x}", "no `sqrt`"),
        (r"\pi x^2", "write 3.14159"),
        (r"\frac{1}{x}", "divided by numbers"),
        (r"\frac123 x", "braces, as in .* at character 6"),
        (r"\frac 1 2 x", "two numbers side by side"),
        ("x^{4", "closing bracket `}` at character 5"),
        ("(x^2 - 1]", r"closing bracket `\)` at character 9"),
        ("0,5 x^2", "',' at character 2; write a decimal point"),
        ("f(x) = x^4", "'=' at character 6; write the right side alone"),
        ("|x|", "'.' at character 1; a polynomial has no absolute value"),
        ("where $x$ is", r"'.' at character 7; write the formula alone"),
        ("0^-1 x", "no real number"),
        ("(-1)^0.5 x", "no real number"),
        ("9^999 x", "above 1.8e308"),
        ("(a+b+c+d+e+f+g+h)^20", "terms"),
    ],
)
def test_what_is_no_polynomial_is_refused_with_the_place(text, why):
    with pytest.raises(ValueError, match=why):
        parsed(text)


def test_variables_have_one_order_however_numbers_are_written():
    assert parsed("x01 + x1 + x10 + x2 + x_2 + x")[1] == ("x", "x01", "x1", "x2", "x10", "x_2")


def test_a_variable_that_the_names_lack_is_refused():
    with pytest.raises(ValueError, match="lacks: y"):
        parsed("x y", ("x",))
