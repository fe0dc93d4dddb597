r"""`tokens_of`: a formula cut into numbers, names and signs, however it was typeset.

The one idea: what LaTeX, a word processor or a web page write otherwise is another way to write one
of these tokens: `\cdot` is `*`, `x_{1}` the name `x_1`, a raised 2 a power. Each token knows its
place in the text, for the errors.
"""

import re
import unicodedata
from dataclasses import dataclass, replace

__all__ = ["Token", "quoted", "tokens_of"]

LONGEST = 10_000  # characters
RAISED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"  # digits of a power
LOWERED = "\u2080-\u2089"  # digits of an index, which end a name
FAMILIES = "mathrm|mathit|mathsf|operatorname|text|textrm|textit"
TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    rf"|(?P<raised>[\u207a\u207b]?[{RAISED}]+)"
    rf"|\\(?:{FAMILIES})\s*{{\s*(?P<upright>[^\W\d]\w*)\s*}}(?P<below>_{{\s*\w+\s*}})?"
    r"|\\(?P<command>[A-Za-z]+|[^A-Za-z])(?P<lowered>_(?:\w+|{\s*\w+\s*}))?"
    rf"|(?P<name>[^\W\d{RAISED}][^\W{RAISED}{LOWERED}]*[{LOWERED}]*)(?P<index>(?<=_){{\s*\w+\s*}})?"
    r"|(?P<sign>\*\*|[-+*/^()\[\]{}])"
)
SAME = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00b7\u22c5\u2219\u2022\u00d7\u2217", "*"),
        **dict.fromkeys("\u00f7\u2044\u2215", "/"),
        **dict.fromkeys("\u200b\u2061\u2062\u2060\ufeff~", " "),
    }
)
SIGNS = {"cdot": "*", "times": "*", "ast": "*", "div": "/", "lbrack": "[", "rbrack": "]"}
FRACTIONS = {"frac", "dfrac", "tfrac", "cfrac"}
NOTHING = {*",;:! ", "quad", "qquad", "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr",
           "displaystyle", "thinspace", "limits"}  # fmt: skip
GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi "
    "omicron pi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi "
    "Sigma Upsilon Phi Psi Omega ell hbar".split()
)
NAMED = frozenset("sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh exp log ln sqrt "
                  "max min".split())  # fmt: skip
WRAPPED = re.compile(
    r"\s*(?:(\$\$?)(?P<money>.*?)\1|\\\((?P<round>.*)\\\)|\\\[(?P<square>.*)\\\])\s*", re.S
)
HINTS = {
    "=": "write the right side alone",
    ",": "write a decimal point, `0.5`",
    "|": "a polynomial has no absolute value",
    "!": "write the number itself",
    "%": "write the number itself",
    "$": "write the formula alone, without the text around it",
    "&": "write the formula in one line",
    "_": "write an index next to its variable, `x_1`",
}


@dataclass(frozen=True)
class Token:
    r"""A piece of a formula: its kind, its text, and where it begins.

    The kinds are number, name, sign, fraction (a `\frac`, whose two parts follow) and end.
    """

    kind: str
    text: str
    place: int


def tokens_of(text: str) -> list[Token]:
    """Cut a text into numbers, names and signs; the last token is empty.

    Raises
    ------
    ValueError
        If it is too long, or holds a character that is none of these.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a formula may have {LONGEST} characters, got {len(text)}; use terms")
    place, end = _inside(text)
    plain, tokens = text[:end].translate(SAME).rstrip(), []
    while place < len(plain):
        if plain[place].isspace():
            place += 1
            continue
        match = TOKEN.match(plain, place)
        if match is None:
            hint = HINTS.get(plain[place])
            raise ValueError(
                f"expected numbers, variables and `+ - * / ^ ( )` in {quoted(text)}, got "
                f"{plain[place]!r} at character {place + 1}" + (f"; {hint}" if hint else "")
            )
        for token in _read(text, match):
            _check_neighbours(text, tokens, token)
            tokens.append(token)
        place = match.end()
    tokens = [replace(one, kind="number") if one.kind == "raised" else one for one in tokens]
    return [*tokens, Token("end", "", len(plain))]


def quoted(text: str) -> str:
    """Return a text as it is quoted in an error, cut where it is long."""
    return repr(text if len(text) <= 80 else f"{text[:60]} ... {text[-15:]}")


def _inside(text: str) -> tuple[int, int]:
    r"""Where the formula begins and ends, `$`, `\(` and `\[` left out."""
    match = WRAPPED.fullmatch(text)
    if match is None:
        return 0, len(text)
    return match.span(next(kind for kind, part in match.groupdict().items() if part is not None))


def _read(text: str, match: re.Match[str]) -> list[Token]:
    """The tokens that a piece of the text stands for."""
    parts, place = match.groupdict(), match.start()
    if parts["raised"] is not None:
        power = unicodedata.normalize("NFKC", parts["raised"]).replace("\u2212", "-")
        signs = [Token("sign", sign, place) for sign in power if sign in "+-"]
        number = Token("raised", power.lstrip("+-"), place)
        return [Token("sign", "^", place), *signs, number]
    if parts["upright"] is not None:
        return [Token("name", parts["upright"] + _index(parts["below"]), place)]
    if parts["command"] is not None:
        return _commanded(text, parts["command"], parts["lowered"], place)
    if parts["name"] is not None:
        name = parts["name"]
        return [Token("name", name + _index(parts["index"]), place)]
    kind = "number" if parts["number"] is not None else "sign"
    return [Token(kind, parts[kind], place)]


def _index(given: str | None) -> str:
    """An index with its underscore, without braces and spaces."""
    return re.sub(r"[{}\s]", "", given or "")


def _commanded(text: str, name: str, index: str | None, place: int) -> list[Token]:
    """The token of a command of LaTeX.

    Raises
    ------
    ValueError
        If it is none that polynomials are written with.
    """
    if index is None or name in GREEK:
        if name in NOTHING:
            return []
        if name in SIGNS:
            return [Token("sign", SIGNS[name], place)]
        if name in FRACTIONS:
            return [Token("fraction", name, place)]
        if name in GREEK | NAMED:
            return [Token("name", name + _index(index), place)]
    raise ValueError(
        f"`\\{name}` at character {place + 1} of {quoted(text)} is nothing that a polynomial is "
        r"written with; of LaTeX there are \cdot, \times, \frac{1}{2}, x^{4}, x_{1}, \left( \right)"
        " and Greek letters, what is no polynomial becomes a landscape by `Function`"
    )


def _check_neighbours(text: str, before: list[Token], token: Token) -> None:
    """Refuse two numbers side by side, `1_000`, and letters that are none.

    Raises
    ------
    ValueError
        If there are some; the message says where.
    """
    here = f"in {quoted(text)}, at character {token.place + 1}"
    last = before[-1] if before else Token("", "", 0)
    numbers = ("number", "raised")
    joined = last.kind == "number" and token.text[0] == "_" and (
        token.place == last.place + len(last.text)
    )  # fmt: skip
    if joined or (last.kind in numbers and token.kind == "number"):
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
