"""`terms_of` and `formula`: polynomials out of what people have, and back into text.

The one idea: a string, an expression of sympy, a polynomial of numpy and a dictionary are one
thing, exponents with coefficients, and names of the variables where there are any.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from morseloss.kinds import kind_of
from morseloss.landscapes.formulas.grammar import natural, parsed

__all__ = ["checked_names", "common_names", "formula", "latex", "terms_of"]

SHOWN = 8  # terms in a repr
Names = tuple[str, ...]


def terms_of(given: Any, names: Sequence[str] | None) -> tuple[Mapping, Names | None]:
    """Return terms and names of a polynomial in any form.

    Parameters
    ----------
    given : mapping, str, sympy expression or Poly, numpy polynomial or poly1d
    names : sequence of str, optional
        The variables in their order.

    Raises
    ------
    ValueError
        If it is none of these, or no polynomial.
    """
    wanted = None if names is None else checked_names(names)
    if isinstance(given, Mapping):
        return given, wanted
    if isinstance(given, str):
        return parsed(given, wanted)
    if isinstance(given, np.poly1d):
        return _line(given.coeffs[::-1]), wanted or (given.variable,)
    if hasattr(given, "coef") and hasattr(given, "convert"):  # of any base: Chebyshev, say
        plain = given.convert(kind=np.polynomial.Polynomial)
        return _line(plain.coef), wanted or (given.symbol,)
    if hasattr(given, "as_poly") and hasattr(given, "as_expr"):
        return _of_sympy(given, wanted)
    raise ValueError(
        f"`terms` must be a mapping, `{{(2, 1): 3.0}}` is `3 x^2 y`, a string, or a polynomial of "
        f"sympy or numpy, got {kind_of(given)}; what is no polynomial becomes a landscape by "
        "`Function`"
    )


def _line(coefficients: np.ndarray) -> Mapping:
    if np.iscomplexobj(coefficients):
        raise ValueError("a landscape is real, got a polynomial with complex coefficients")
    return {(power,): float(c) for power, c in enumerate(coefficients)}


def _of_sympy(given: Any, names: Names | None) -> tuple[Mapping, Names]:
    symbols = {str(symbol): symbol for symbol in given.free_symbols}
    own = [str(one) for one in getattr(given, "gens", ())]  # of a Poly, in its order
    order = names or tuple(own or sorted(symbols, key=natural))
    missing = [name for name in symbols if name not in order]
    if missing or not order:
        raise ValueError(
            f"`names` must hold all variables of {given}, got {order}; without {missing}"
        )
    new = [symbols[name] if name in symbols else type(given)(name) for name in order
           if name in symbols]  # fmt: skip
    plain = given.as_expr()
    poly = plain.as_poly(*new) if new and plain.is_commutative else None
    if poly is None and new:
        raise ValueError(
            f"{given} is no polynomial in {', '.join(order)}; make it a landscape by `Function`, "
            "with torch's functions"
        )
    held = [order.index(str(symbol)) for symbol in new]
    terms = {}
    for powers, coefficient in ({(): plain} if poly is None else poly.as_dict()).items():
        key = [0] * len(order)
        for place, power in zip(held, powers, strict=True):
            key[place] = int(power)
        terms[tuple(key)] = _real(coefficient)
    return terms, order


def _real(coefficient: Any) -> float:
    try:
        return float(coefficient)
    except (TypeError, ValueError):
        raise ValueError(
            f"the coefficients must be real numbers, got {coefficient}; put in values first, by "
            "`subs`"
        ) from None


def checked_names(names: Sequence[str]) -> Names:
    """Return the names of variables as a tuple.

    Raises
    ------
    ValueError
        If one is no name, or comes twice.
    """
    found = tuple(names) if not isinstance(names, str) else (names,)
    for name in found:
        if not isinstance(name, str) or not re.fullmatch(r"[^\W\d]\w*", name):
            raise ValueError(
                f"`names` must be letters, digits and underscores, got {name!r}; one a variable"
            )
    if not found:
        raise ValueError("`names` must name each variable, got none; leave it out")
    if len(set(found)) < len(found):
        raise ValueError(f"`names` must differ, got {', '.join(found)}")
    return found


def common_names(one: Names | None, other: Names | None) -> Names | None:
    """Return the names of the variables of a sum or a product.

    Raises
    ------
    ValueError
        If the two name them differently, so that unlike variables would be added.
    """
    if one is not None and other is not None and one != other:
        raise ValueError(
            f"the variables are {', '.join(one)} and {', '.join(other)}; give both polynomials "
            f"the same ones, `Polynomial(..., names={tuple(sorted({*one, *other}))})`"
        )
    return one if other is None else other


def formula(terms: Mapping[tuple[int, ...], float], names: Names | None = None) -> str:
    """Return terms as text, the first eight of them.

    Examples
    --------
    >>> formula({(4, 0): 1.0, (1, 1): -0.5}, ("x", "y"))
    'x^4 - 0.5 x y'
    """
    parts = []
    for exponents, coefficient in list(terms.items())[:SHOWN]:
        called = names or [f"x{i}" for i in range(len(exponents))]
        factors = [
            f"{name}^{e}" if e > 1 else name for name, e in zip(called, exponents, strict=True) if e
        ]
        size = f"{abs(coefficient):g}"
        body = " ".join(factors if size == "1" and factors else [size, *factors])
        sign = "-" if coefficient < 0 else "+"
        parts.append(f"{sign} {body}")
    if len(terms) > SHOWN:
        parts.append(f"+ ... {len(terms)} terms")
    text = " ".join(parts)
    return text.removeprefix("+ ") if text.startswith("+") else "-" + text[2:]


def latex(terms: Mapping[tuple[int, ...], float], names: Names) -> str:
    r"""Return all terms in LaTeX: powers raised, digits at the end of a name lowered.

    Examples
    --------
    >>> latex({(4, 0): 1.0, (1, 1): -0.5, (0, 0): 1e-20}, ("x1", "energy"))
    'x_{1}^{4} - 0.5 x_{1} \\mathrm{energy} + 10^{-20}'
    """
    called, parts = [_in_latex(name) for name in names], []
    for exponents, coefficient in terms.items():
        powers = zip(called, exponents, strict=True)
        factors = [f"{name}^{{{e}}}" if e > 1 else name for name, e in powers if e]
        size = _size_in_latex(abs(coefficient))
        sign = "-" if math.copysign(1.0, coefficient) < 0 else "+"
        parts.append(f"{sign} {' '.join(factors if size == '1' and factors else [size, *factors])}")
    text = " ".join(parts)
    return text.removeprefix("+ ") if text.startswith("+") else "-" + text[2:]


def _in_latex(name: str) -> str:
    stem, digits = re.fullmatch(r"(.*?)_?(\d*)", name).groups()  # pyright: ignore[reportOptionalMemberAccess]
    stem = stem.replace("_", r"\_")
    stem = stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    return f"{stem}_{{{digits}}}" if digits else stem


def _size_in_latex(size: float) -> str:
    mantissa, _, power = f"{size:g}".partition("e")
    if not power:
        return mantissa
    ten = f"10^{{{int(power)}}}"
    return ten if mantissa == "1" else rf"{mantissa} \cdot {ten}"
