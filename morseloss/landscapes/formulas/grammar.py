"""`parsed`: the terms of a polynomial that is written as people write it.

The one idea: the text is cut into numbers, names and signs, and what they say is computed with
dictionaries of terms; nothing of it is ever executed, and two factors side by side are a product.
"""

import itertools
import math
import re
import unicodedata
from dataclasses import dataclass

__all__ = ["natural", "parsed"]

LONGEST = 10_000  # characters
DEEPEST = 50  # brackets in brackets
HIGHEST = 100  # degree
MOST = 10_000  # terms
RAISED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"  # digits of a power
TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    rf"|(?P<raised>[\u207a\u207b]?[{RAISED}]+)"
    rf"|(?P<name>[^\W\d{RAISED}][^\W{RAISED}]*)|(?P<sign>\*\*|[-+*/^()]))"
)
SAME = {0x2212: "-", 0xB7: "*", 0x22C5: "*", 0xD7: "*"}  # typeset
FUNCTIONS = frozenset(
    "sin cos tan cot sec csc asin acos atan atan2 arcsin arccos arctan sinh cosh tanh exp log ln "
    "log2 log10 log1p expm1 sqrt cbrt pow abs sign sgn max min erf relu sigmoid softplus".split()
)
CONSTANTS = {"pi": math.pi, "\u03c0": math.pi}
NUMBERLESS = {"nan", "inf", "infinity"}

Powers = tuple[tuple[str, int], ...]
Sum = dict[Powers, float]


def parsed(text: str, names: tuple[str, ...] | None = None) -> tuple[dict, tuple[str, ...]]:
    """Return the terms of a polynomial and the names of its variables.

    Parameters
    ----------
    text : str
        `^` and `**` are powers, a space, `*` or nothing at all between two factors a product; a
        name is letters, digits and underscores, so `xy` is one variable and `x y` are two. Two
        numbers side by side are refused: `10 000 x` would be 0.
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
    order = names or tuple(sorted(occur, key=natural))
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
            self.check_name(token.text)
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

    def check_name(self, name: str) -> None:
        """Refuse what nobody calls a variable.

        Raises
        ------
        ValueError
            If it is a function, a constant, or no number.
        """
        if name.lower() in FUNCTIONS:
            raise ValueError(
                f"a polynomial has no `{name}`, got {_quoted(self.whole)}; write a "
                "function of torch and make it a landscape by `Function`"
            )
        if name in CONSTANTS:
            raise ValueError(
                f"`{name}` is no variable, got {_quoted(self.whole)}; write {CONSTANTS[name]}"
            )
        if name.lower() in NUMBERLESS:
            raise ValueError(f"the numbers must be finite, got `{name}` in {_quoted(self.whole)}")

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
        kind, place = match.lastgroup, match.end()
        token = _Token(kind, match[kind], match.start(kind))
        _check_neighbours(text, tokens, token)
        if kind == "raised":
            power = unicodedata.normalize("NFKC", token.text).replace("\u2212", "-")
            tokens.append(_Token("sign", "^", token.place))
            tokens += [_Token("sign", sign, token.place) for sign in power if sign in "+-"]
            token = _Token("number", power.lstrip("+-"), token.place)
        tokens.append(token)
    return [*tokens, _Token("end", "", len(plain))]


def _check_neighbours(text: str, before: list[_Token], token: _Token) -> None:
    """Refuse two numbers side by side, `1_000`, and letters that are none.

    Raises
    ------
    ValueError
        If there are some; the message says where.
    """
    here = f"in {_quoted(text)}, at character {token.place + 1}"
    last = before[-1] if before else _Token("", "", 0)
    joined = last.kind == "number" and token.text[0] == "_" and (
        token.place == last.place + len(last.text)
    )  # fmt: skip
    if joined or (last.kind == token.kind == "number"):
        raise ValueError(
            f"two numbers side by side may be one or a product, {here}; write `*` between them, "
            "or one number without space and `_`"
        )
    wrong = [] if token.kind != "name" else [
        letter for letter in token.text if not (letter.isalpha() or letter.isdigit())
        and letter != "_"
    ]  # fmt: skip
    if wrong:
        raise ValueError(f"names are letters, digits and underscores, got {wrong[0]!r} {here}")


def natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return the key by which x2 comes before x10, digits below the line too."""
    parts = re.findall(r"\d+|\D+", unicodedata.normalize("NFKC", name))
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts], name


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:60]} ... {text[-15:]}")
