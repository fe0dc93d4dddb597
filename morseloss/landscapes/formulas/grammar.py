"""`parsed`: the terms of a polynomial that is written as people write it.

The one idea: the text is cut into numbers, names and signs, and what they say is computed with
dictionaries of terms; nothing of it is ever executed, and two factors side by side are a product.
"""

import itertools
import math
import re
import unicodedata

from morseloss.landscapes.formulas.tokens import Token, quoted, tokens_of

__all__ = ["natural", "parsed"]

DEEPEST = 50  # brackets in brackets
HIGHEST = 100  # degree
MOST = 10_000  # terms
CLOSING = {"(": ")", "[": "]", "{": "}"}
COORDINATES = "xyz"
FUNCTIONS = frozenset(
    "sin cos tan cot sec csc asin acos atan atan2 arcsin arccos arctan sinh cosh tanh exp log ln "
    "log2 log10 log1p expm1 sqrt cbrt pow abs sign sgn max min erf relu sigmoid softplus".split()
)
CONSTANTS = {"pi": math.pi, "\u03c0": math.pi}
NUMBERLESS = {"nan", "inf", "infinity"}

Powers = tuple[tuple[str, int], ...]
Sum = dict[Powers, float]


def parsed(text: str, names: tuple[str, ...] | None = None) -> tuple[dict, tuple[str, ...]]:
    r"""Return the terms of a polynomial and the names of its variables.

    Parameters
    ----------
    text : str
        `^` and `**` are powers, a space, `*` or nothing at all between two factors a product; a
        name is letters, digits and underscores, so `xy` is one variable and `x y` are two. Beside
        a variable `x` it is refused, since it may be meant as a product. Two numbers side by side
        are refused: `10 000 x` would be 0.
        Division is by numbers, and as strong as a product: `1/2 x` is half of `x`.
        LaTeX is read as far as polynomials go: `\frac{1}{2} x_{1}^{4} \cdot x_{2}`, where
        `x_{1}` is called `x_1`.
    names : tuple of str, optional
        The variables in their order; by default those that occur, `x2` before `x10`. With them
        `xy` is the product of `x` and `y`, if there is no `xy`.

    Raises
    ------
    ValueError
        If the text is no polynomial; the message says at which character.

    Examples
    --------
    >>> parsed("x^4 - 2 x^2 + 0.1 x y")
    ({(4, 0): 1.0, (2, 0): -2.0, (1, 1): 0.1}, ('x', 'y'))
    """
    tokens = tokens_of(text)
    reader = _Reader(text, _apart(tokens, names) if names else tokens[:])
    found = reader.sum()
    if reader.now.text:
        raise reader.wrong("one sign of `+ - * / ^` between two parts")
    if not names:
        _check_products(text, tokens)
    occur = {name for powers in found for name, _ in powers} | reader.names
    order = names or tuple(sorted(occur, key=natural))
    if not order:
        raise ValueError(f"{quoted(text)} has no variable; write `0 x`, say, or give `names`")
    if occur - set(order):
        unknown = ", ".join(sorted(occur - set(order)))
        raise ValueError(f"{quoted(text)} has variables that `names` lacks: {unknown}; add them")
    terms = {tuple(dict(powers).get(name, 0) for name in order): c for powers, c in found.items()}
    return terms or {(0,) * len(order): 0.0}, order


def _apart(tokens: list[Token], names: tuple[str, ...]) -> list[Token]:
    """The tokens, those of names that are none but can be put together of names in one way cut."""
    cut = []
    for token in tokens:
        ways = [] if token.kind != "name" or token.text in names else _ways(token.text, names)
        cut += [Token("name", name, token.place) for name in ways[0]] if len(ways) == 1 else [token]
    return cut


def _check_products(text: str, tokens: list[Token]) -> None:
    """Refuse a name that looks like the product of others.

    Raises
    ------
    ValueError
        If there is one.
    """
    occur = {token.text for token in tokens if token.kind == "name"}
    for token in tokens:
        others = tuple(occur - {token.text})
        ways = [] if token.kind != "name" else _ways(token.text, (*others, *COORDINATES))
        if any(len(way) > 1 and set(way) & set(others) for way in ways):
            raise ValueError(
                f"`{token.text}` is one variable or a product, at character {token.place + 1} of "
                f"{quoted(text)}; write `{' '.join(ways[0])}` for the product, or give all `names`"
            )


def _ways(text: str, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The first ways, up to two, to put a text together of names."""
    if not text:
        return [()]
    ways = []
    for name in sorted({*names}):
        if text.startswith(name) and len(ways) < 2:
            ways += [(name, *way) for way in _ways(text[len(name) :], names)]
    return ways[:2]


class _Reader:
    """Descends into a sum of products of powers, one token at a time."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.whole, self.tokens, self.names, self.depth = text, tokens, set(), 0

    @property
    def now(self) -> Token:
        return self.tokens[0]

    def took(self, *signs: str) -> str:
        """Take the next token if it is one of the signs, and return it; else the empty text."""
        return self.tokens.pop(0).text if self.now.text in signs and self.now.text else ""

    def sum(self) -> Sum:
        total = self.product()
        while sign := self.took("+", "-"):
            part = self.product()
            for powers, coefficient in part.items():
                signed = coefficient if sign == "+" else -coefficient
                total[powers] = total.get(powers, 0.0) + signed
        return total

    def product(self) -> Sum:
        total = self.signed()
        while True:
            if self.took("/"):
                total = self.times(total, {(): 1 / self.constant(self.signed())})
            elif self.took("*"):
                total = self.times(total, self.signed())
            elif self.now.kind in ("number", "name", "fraction") or self.now.text in CLOSING:
                total = self.times(total, self.power())
            else:
                return total

    def signed(self) -> Sum:
        flips = 0
        while sign := self.took("+", "-"):
            flips += sign == "-"
        found = self.power()
        return self.times(found, {(): -1.0}) if flips % 2 else found

    def power(self) -> Sum:
        base = self.factor()
        if not self.took("^", "**"):
            return base
        exponent = self.signed()
        number = exponent.get((), 0.0)
        if not set(base) - {()} and not set(exponent) - {()}:
            return {(): self.number_to(base.get((), 0.0), number)}
        if any(exponent.keys() - {()}) or not number.is_integer() or not 0 <= number <= HIGHEST:
            raise ValueError(
                f"a power must be a whole number from 0 to {HIGHEST}, in {quoted(self.whole)}; "
                "what is no polynomial becomes a landscape by `Function`"
            )
        total: Sum = {(): 1.0}
        for _ in range(int(number)):
            total = self.times(total, base)
        return total

    def number_to(self, base: float, power: float) -> float:
        """Return a power of a number, `10^{-3}` too.

        Raises
        ------
        ValueError
            If it is no real number, or overflows.
        """
        try:
            return self.finite(math.pow(base, power))
        except OverflowError:
            return self.finite(math.inf)
        except ValueError:
            raise ValueError(
                f"{base:g}^{power:g} is no real number, in {quoted(self.whole)}; leave it out"
            ) from None

    def factor(self) -> Sum:
        token = self.now
        if token.kind == "number":
            self.tokens.pop(0)
            return {(): self.finite(float(token.text))}
        if token.kind == "name":
            self.tokens.pop(0)
            self.check_name(token.text)
            self.names.add(token.text)
            return {((token.text, 1),): 1.0}
        if token.kind == "fraction":
            self.tokens.pop(0)
            above = self.part()
            return self.times(above, {(): 1 / self.constant(self.part())})
        if token.text in CLOSING:
            return self.bracket()
        raise self.wrong("a number, a variable or an opening bracket")

    def bracket(self) -> Sum:
        """Return what is in brackets, round, square, or the braces of LaTeX."""
        opening = self.tokens.pop(0).text
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong(f"at most {DEEPEST} brackets in one another")
        inside = self.sum()
        if not self.took(CLOSING[opening]):
            raise self.wrong(f"a closing bracket `{CLOSING[opening]}`")
        self.depth -= 1
        return inside

    def part(self) -> Sum:
        r"""Return a part of a fraction: what is in braces, or one digit, as in `\frac12`."""
        token = self.now
        if token.text == "{":
            return self.bracket()
        if token.kind == "number" and len(token.text) <= 2 and token.text.isdecimal():
            digit, rest = token.text[0], token.text[1:]
            self.tokens[0] = Token("number", digit, token.place)
            if rest:
                self.tokens.insert(1, Token("number", rest, token.place + 1))
            return self.factor()
        raise self.wrong(r"braces, as in `\frac{1}{2}`,")

    def check_name(self, name: str) -> None:
        """Refuse what nobody calls a variable.

        Raises
        ------
        ValueError
            If it is a function, a constant, or no number.
        """
        if name.lower() in FUNCTIONS:
            raise ValueError(
                f"a polynomial has no `{name}`, got {quoted(self.whole)}; write a "
                "function of torch and make it a landscape by `Function`"
            )
        if name in CONSTANTS:
            raise ValueError(
                f"`{name}` is no variable, got {quoted(self.whole)}; write {CONSTANTS[name]}"
            )
        if name.lower() in NUMBERLESS:
            raise ValueError(f"the numbers must be finite, got `{name}` in {quoted(self.whole)}")

    def times(self, one: Sum, other: Sum) -> Sum:
        """Multiply two sums.

        Raises
        ------
        ValueError
            If that is too much to write out.
        """
        total: Sum = {}
        for (ours, a), (theirs, b) in itertools.product(one.items(), other.items()):
            powers = dict(ours)
            for name, power in theirs:
                powers[name] = powers.get(name, 0) + power
            key = tuple(sorted(powers.items()))
            total[key] = self.finite(total.get(key, 0.0) + a * b)
            if sum(powers.values()) > HIGHEST or len(total) > MOST:
                raise ValueError(
                    f"a formula may have degree {HIGHEST} and {MOST} terms, got more in "
                    f"{quoted(self.whole)}; give the terms as a dictionary"
                )
        return total

    def constant(self, found: Sum) -> float:
        """Return the number that a sum is.

        Raises
        ------
        ValueError
            If it is none, or zero.
        """
        if set(found) - {()} or not found.get((), 0.0):
            raise ValueError(
                f"a polynomial is divided by numbers other than 0 alone, in {quoted(self.whole)}; "
                "what is no polynomial becomes a landscape by `Function`"
            )
        return found[()]

    def finite(self, number: float) -> float:
        """Return a number that did not overflow.

        Raises
        ------
        ValueError
            If it did.
        """
        if not math.isfinite(number):
            raise ValueError(f"a number of {quoted(self.whole)} is above 1.8e308; scale it")
        return number

    def wrong(self, wanted: str) -> ValueError:
        """Return the error: what was expected here, and what came."""
        came = f"got `{self.now.text}`" if self.now.text else "it ends there"
        return ValueError(
            f"expected {wanted} at character {self.now.place + 1} of {quoted(self.whole)}, {came}"
            '; write it like "x^4 - 2 x^2 + 0.1 x y"'
        )


def natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return the key by which x2 comes before x10, digits below the line too."""
    parts = re.findall(r"\d+|\D+", unicodedata.normalize("NFKC", name))
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts], name
