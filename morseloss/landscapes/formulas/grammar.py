"""`parsed`: the terms of a polynomial that is written as people write it.

The one idea: the text is cut into numbers, names and signs, and what they say is computed with
dictionaries of terms; nothing of it is ever executed, and two factors side by side are a product.
"""

import itertools
import math
import re
from dataclasses import dataclass

__all__ = ["parsed"]

LONGEST = 10_000  # characters
DEEPEST = 50  # brackets in brackets
HIGHEST = 100  # degree
MOST = 10_000  # terms
TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|[-+*/^()]))"
)
SAME = {0x2212: "-", 0xB7: "*", 0xD7: "*", 0xB2: "^2", 0xB3: "^3", 0x2074: "^4"}  # typeset
FUNCTIONS = {"sin", "cos", "tan", "exp", "log", "sqrt", "abs", "tanh", "sinh", "cosh", "atan", "pi"}

Powers = tuple[tuple[str, int], ...]
Sum = dict[Powers, float]


def parsed(text: str, names: tuple[str, ...] | None = None) -> tuple[dict, tuple[str, ...]]:
    """Return the terms of a polynomial and the names of its variables.

    Parameters
    ----------
    text : str
        `^` and `**` are powers, a space, `*` or nothing at all between two factors a product; a
        name is letters, digits and underscores, so `xy` is one variable and `x y` are two.
        Division is by numbers, and as strong as a product: `1/2 x` is half of `x`.
    names : tuple of str, optional
        The variables in their order; by default those that occur, `x2` before `x10`.

    Raises
    ------
    ValueError
        If the text is no polynomial; the message says at which character.

    Examples
    --------
    >>> parsed("x^4 - 2 x^2 + 0.1 x y")
    ({(4, 0): 1.0, (2, 0): -2.0, (1, 1): 0.1}, ('x', 'y'))
    """
    reader = _Reader(text, _tokens(text))
    found = reader.sum()
    if reader.now.text:
        raise reader.wrong("one sign of `+ - * / ^` between two parts")
    occur = {name for powers in found for name, _ in powers} | reader.names
    order = names or tuple(sorted(occur, key=_natural))
    if not order:
        raise ValueError(f"{_quoted(text)} has no variable; write `0 x`, say, or give `names`")
    if occur - set(order):
        unknown = ", ".join(sorted(occur - set(order)))
        raise ValueError(f"{_quoted(text)} has variables that `names` lacks: {unknown}; add them")
    terms = {tuple(dict(powers).get(name, 0) for name in order): c for powers, c in found.items()}
    return terms or {(0,) * len(order): 0.0}, order


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


class _Reader:
    """Descends into a sum of products of powers, one token at a time."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self.whole, self.tokens, self.names, self.depth = text, tokens, set(), 0

    @property
    def now(self) -> _Token:
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
            elif self.now.kind in ("number", "name") or self.now.text == "(":
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
        if any(exponent.keys() - {()}) or not number.is_integer() or not 0 <= number <= HIGHEST:
            raise ValueError(
                f"a power must be a whole number from 0 to {HIGHEST}, in {_quoted(self.whole)}; "
                "what is no polynomial becomes a landscape by `Function`"
            )
        total: Sum = {(): 1.0}
        for _ in range(int(number)):
            total = self.times(total, base)
        return total

    def factor(self) -> Sum:
        token = self.now
        if token.kind == "number":
            self.tokens.pop(0)
            return {(): self.finite(float(token.text))}
        if token.kind == "name":
            self.tokens.pop(0)
            if token.text in FUNCTIONS:
                raise ValueError(
                    f"a polynomial has no `{token.text}`, got {_quoted(self.whole)}; write a "
                    "function of torch and make it a landscape by `Function`"
                )
            self.names.add(token.text)
            return {((token.text, 1),): 1.0}
        if token.text == "(":
            self.tokens.pop(0)
            self.depth += 1
            if self.depth > DEEPEST:
                raise self.wrong(f"at most {DEEPEST} brackets in one another")
            inside = self.sum()
            if not self.took(")"):
                raise self.wrong("a closing bracket")
            self.depth -= 1
            return inside
        raise self.wrong("a number, a variable or an opening bracket")

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
                    f"{_quoted(self.whole)}; give the terms as a dictionary"
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
                f"a polynomial is divided by numbers other than 0 alone, in {_quoted(self.whole)}; "
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
            raise ValueError(f"a number of {_quoted(self.whole)} is above 1.8e308; scale it")
        return number

    def wrong(self, wanted: str) -> ValueError:
        """Return the error: what was expected here, and what came."""
        came = f"got `{self.now.text}`" if self.now.text else "it ends there"
        return ValueError(
            f"expected {wanted} at character {self.now.place + 1} of {_quoted(self.whole)}, {came}"
            '; write it like "x^4 - 2 x^2 + 0.1 x y"'
        )


def _tokens(text: str) -> list[_Token]:
    """Cut a text into numbers, names and signs; the last token is empty.

    Raises
    ------
    ValueError
        If it is too long, or holds a character that is none of these.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a formula may have {LONGEST} characters, got {len(text)}; use terms")
    plain, place, tokens = text.translate(SAME).rstrip(), 0, []
    while place < len(plain):
        match = TOKEN.match(plain, place)
        if match is None or match.lastgroup is None:
            at = place + len(plain[place:]) - len(plain[place:].lstrip())
            raise ValueError(
                f"expected numbers, variables and `+ - * / ^ ( )` in {_quoted(text)}, got "
                f"{plain[at]!r} at character {at + 1}"
            )
        kind = match.lastgroup
        tokens.append(_Token(kind, match[kind], match.start(kind)))
        place = match.end()
    return [*tokens, _Token("end", "", len(plain))]


def _natural(name: str) -> list[tuple[int, int, str]]:
    """The key by which x2 comes before x10."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts]


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:60]} ... {text[-15:]}")
