"""Polynomials written as text."""

import pytest

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
    ],
)
def test_text_means_what_its_reader_means(text, terms, names):
    assert parsed(text) == (pytest.approx(terms), names)


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
