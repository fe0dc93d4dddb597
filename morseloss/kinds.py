"""Arguments of the wrong kind, told at the door: what was expected, what came, what to do.

The one idea: a class in place of its object, a graph in place of a complex or two arguments swapped
are slips, not mathematics, and whoever slips need not see the inside of the package.
"""

from numbers import Integral
from typing import Any

__all__ = ["check_count", "check_kind", "kind_of"]


def check_kind(name: str, given: Any, kind: type, cure: str) -> None:
    """Pass an object of a kind.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    given : object
        What came.
    kind : type
        What it must be; a runtime protocol will do.
    cure : str
        What to do, for the message.

    Raises
    ------
    ValueError
        If it is of another kind, or a class.

    Examples
    --------
    >>> check_kind("terms", {}, dict, "write `{(2, 1): 3.0}`")
    """
    if isinstance(given, type) or not isinstance(given, kind):
        article = "" if kind.__name__.endswith("s") else "a "
        wanted = f"{article}{kind.__name__}"
        raise ValueError(f"`{name}` must be {wanted}, got {kind_of(given)}; {cure}")


def check_count(name: str, given: Any, least: int = 1) -> None:
    """Pass a whole number: an int or one of numpy, no bool and no float.

    Raises
    ------
    ValueError
        If it is something else, or below the least one.

    Examples
    --------
    >>> check_count("n", 20)
    """
    if isinstance(given, bool) or not isinstance(given, Integral) or given < least:
        came = given if isinstance(given, int | float) else kind_of(given)
        raise ValueError(f"`{name}` must be an integer from {least} on, got {came}")


def kind_of(given: Any) -> str:
    """Return what came, by its type.

    Examples
    --------
    >>> kind_of(dict), kind_of({})
    ('the class dict', 'dict')
    """
    return f"the class {given.__name__}" if isinstance(given, type) else type(given).__name__
