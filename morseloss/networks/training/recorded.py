"""Settings as JSON knows them: `recorded` writes them down, `differences` compares them.

The one idea: a record is known by its fields, each by its name. A field that came later, with a
default, equals its absence, and what differs is named field by field. Settings that were stored as
one line of Python, as versions before did, are read into the same form by `parsed`.
"""

import ast
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

import numpy as np
import torch

__all__ = ["differences", "parsed", "recorded", "shown"]

CLASS = "class"
NUMBERS = {"inf": float("inf"), "nan": float("nan")}
LONGEST = 60  # characters of a value in a message
ABSENT = object()


def recorded(value: Any) -> Any:
    """Return a value as JSON knows it: records by class name and fields, the rest by `repr`.

    Examples
    --------
    >>> from morseloss.networks.training.recorded import recorded
    >>> from morseloss.networks.training.schedules import Cosine
    >>> recorded({"schedule": Cosine(0.1, 20)})
    {'schedule': {'class': 'Cosine', 'highest': 0.1, 'epochs': 20, 'lowest': 0.0}}
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        known = {field.name: recorded(getattr(value, field.name)) for field in _own(value)}
        return {CLASS: type(value).__name__, **known}
    if isinstance(value, Mapping):
        return {str(name): recorded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [recorded(part) for part in value]
    if isinstance(value, torch.dtype):
        return str(value)
    if isinstance(value, np.generic):
        return recorded(value.item())
    known = getattr(value, "__dict__", None)
    if type(value).__repr__ is object.__repr__ and known is not None:  # its repr is an address
        return {CLASS: type(value).__name__, **recorded(known)}
    return getattr(value, "__qualname__", None) or repr(value)


def differences(there: Any, here: Any, name: str = "") -> list[str]:
    """Return what differs between stored settings and those of now, one clause each.

    Parameters
    ----------
    there : JSON
        As `recorded` gave it, perhaps in another version.
    here : object
        A record, or anything that `recorded` takes.
    name : str
        Of the value, for the messages; of a record's fields it is the prefix.

    Examples
    --------
    >>> from morseloss.networks.training.recorded import differences
    >>> from morseloss.networks.training.schedules import Cosine
    >>> differences({"class": "Cosine", "highest": 0.1, "epochs": 20}, Cosine(0.1, 30))
    ['`epochs` is 20 there and 30 here']
    """
    own = _own(here) if is_dataclass(here) and not isinstance(here, type) else None
    if not isinstance(there, dict) or (own is None and not isinstance(here, Mapping)):
        return _leaf(there, recorded(here), name)
    if own is not None and there.get(CLASS) != type(here).__name__:
        what = f"`{name}`" if name else "it"
        return [f"{what} is {there.get(CLASS)} there and {type(here).__name__} here"]
    names: Mapping[str, Any] = {part.name: getattr(here, part.name) for part in own or ()}
    names = here if isinstance(here, Mapping) else names
    defaults = {part.name: _default(part) for part in own or ()}
    found: list[str] = []
    for key, part in names.items():
        stored = there.get(key, defaults.get(key, ABSENT))
        found += differences(stored, part, _joined(name, key))
    more = [key for key in there if key not in names and key != CLASS]
    return found + [f"`{_joined(name, key)}` is {shown(there[key])} there only" for key in more]


def parsed(text: str) -> Any:
    """Return the `repr` of records, tuples and numbers as `recorded` gives the values.

    Raises
    ------
    ValueError
        If the text is no such `repr`: it holds an object that shows its address, say.

    Examples
    --------
    >>> from morseloss.networks.training.recorded import parsed
    >>> parsed("(3, Cosine(highest=0.1, epochs=20), torch.float64, None)")
    [3, {'class': 'Cosine', 'highest': 0.1, 'epochs': 20}, 'torch.float64', None]
    """
    try:
        return _of(ast.parse(text, mode="eval").body)
    except SyntaxError:
        raise ValueError(f"{shown(text)} cannot be read as settings") from None


def shown(value: Any) -> str:
    """Return a value for a message: a record by its class, and nothing at length."""
    if isinstance(value, dict) and CLASS in value:
        parts = ", ".join(f"{key}={shown(part)}" for key, part in value.items() if key != CLASS)
        return f"{value[CLASS]}({parts})"
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _leaf(there: Any, here: Any, name: str) -> list[str]:
    if isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        pairs = enumerate(zip(there, here, strict=True))
        return [clause for k, (a, b) in pairs for clause in _leaf(a, b, f"{name}[{k}]")]
    if isinstance(there, str) and isinstance(here, str) and "\n" in there + here:
        return _lines(there, here, name)
    if there == here or (there != there and here != here):  # nan is nan
        return []
    what = f"`{name}`" if name else "it"
    if there is ABSENT:
        return [f"{what} is {shown(here)} here only"]
    return [f"{what} is {shown(there)} there and {shown(here)} here"]


def _lines(there: str, here: str, name: str) -> list[str]:
    """Of two long texts the first lines that differ."""
    if there == here:
        return []
    old, new = there.splitlines(), here.splitlines()
    apart = next((k for k in range(min(len(old), len(new))) if old[k] != new[k]), -1)
    if apart < 0:
        return [f"`{name}` has {len(old)} lines there and {len(new)} here"]
    return [f"`{name}` has `{old[apart].strip()}` there and `{new[apart].strip()}` here"]


def _own(record: Any) -> list[Field]:
    return [field for field in fields(record) if field.init]


def _default(field: Field) -> Any:
    if field.default is not MISSING:
        return recorded(field.default)
    if field.default_factory is not MISSING:
        return recorded(field.default_factory())
    return ABSENT


def _joined(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


def _of(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
        known = {str(word.arg): _of(word.value) for word in node.keywords}
        return {CLASS: node.func.id, **known}
    if isinstance(node, ast.Call) and len(node.args) == 1:  # np.float64(0.5)
        return _of(node.args[0])
    if isinstance(node, ast.Tuple | ast.List):
        return [_of(part) for part in node.elts]
    if isinstance(node, ast.Attribute):  # torch.float64
        return ast.unparse(node)
    if isinstance(node, ast.Name) and node.id in NUMBERS:
        return NUMBERS[node.id]
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise ValueError(f"{shown(ast.unparse(node))} cannot be read as settings") from None
