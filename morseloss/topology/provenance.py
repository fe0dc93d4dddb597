"""Where a diagram comes from: the four things that its bars alone do not tell.

The one idea: two programs that disagree on a default, 11 here and 2 there, compute different bars
of a space with torsion; so the field travels with them, and whether it was stated or assumed.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

from morseloss.topology.door import shown

__all__ = ["Provenance", "ours", "sourced"]

T = TypeVar("T")

COEFFICIENTS = ("any", "stated", "assumed", "unknown")


@dataclass(frozen=True)
class Provenance:
    """Hold what a diagram was computed of, over which field, and by what.

    Parameters
    ----------
    field : int, optional
        Characteristic of the coefficients: 0 for the rationals, a prime `p` for Z/p. None where it
        is unknown, or makes no difference.
    coefficients : {"any", "stated", "assumed", "unknown"}
        How the field is known: "any" if the bars are the same over each, as those of degree 0 are;
        "stated" by who computed them; "assumed", the default of the software; or not at all. By
        default "stated" with a field and "unknown" without one.
    filtration : str
        What grows: "sublevel", "superlevel", "Vietoris-Rips", ...; the empty text if unknown.
    software : str
        Name and version; the empty text if unknown.

    Raises
    ------
    ValueError
        If the characteristic is neither 0 nor a prime, the field is known and said to be unknown or
        not to matter, or the other way round, or a text cannot be printed.

    References
    ----------
    GUDHI/gudhi-devel#1368, on what an interchange of diagrams has to say.

    Examples
    --------
    >>> Provenance(field=11, coefficients="assumed", software="gudhi 3.13.0")
    Provenance(field=11, coefficients='assumed', filtration='', software='gudhi 3.13.0')
    """

    field: int | None = None
    coefficients: str = ""
    filtration: str = ""
    software: str = ""

    def __post_init__(self) -> None:
        if self.field is not None:
            object.__setattr__(self, "field", _characteristic(self.field))
        known = self.field is not None
        coefficients = self.coefficients or ("stated" if known else "unknown")
        fitting = COEFFICIENTS[1:3] if known else (COEFFICIENTS[0], COEFFICIENTS[3])
        if coefficients not in fitting:
            raise ValueError(
                f"`coefficients` must be {' or '.join(map(repr, fitting))} "
                f"{'with' if known else 'without'} a `field`, got {shown(self.coefficients)}"
            )
        object.__setattr__(self, "coefficients", coefficients)
        for name in ("filtration", "software"):
            text = getattr(self, name)
            if not isinstance(text, str) or not text.isprintable():
                raise ValueError(f"`{name}` must be a text in one line, got {shown(text)}")
            object.__setattr__(self, name, text.strip())

    def told(self) -> dict[str, Any]:
        """Return what is known, by name, as files hold it.

        Examples
        --------
        >>> Provenance(field=2).told()
        {'field': 2, 'coefficients': 'stated'}
        """
        return {name: entry for name, entry in asdict(self).items() if entry not in (None, "")}


@lru_cache
def ours(field: int | None, filtration: str = "sublevel") -> Provenance:
    """Return the provenance of what this package computes; without a field, of degree 0."""
    try:
        software = f"morseloss {version('morseloss')}"
    except PackageNotFoundError:  # run from its source
        software = "morseloss"
    return Provenance(field, "any" if field is None else "stated", filtration, software)


def sourced(diagram: T, provenance: Provenance) -> T:
    """Return the same diagram with another provenance; nothing is copied or checked again."""
    twin = object.__new__(type(diagram))
    twin.__dict__.update(diagram.__dict__, provenance=provenance)
    return twin


def _characteristic(field: Any) -> int:
    """Return the characteristic of a field.

    Raises
    ------
    ValueError
        If no field has it.
    """
    whole = isinstance(field, int) and not isinstance(field, bool) and 0 <= field < 2**31
    prime = whole and field > 1 and all(field % d for d in range(2, int(field**0.5) + 1))
    if not (prime or (whole and field == 0)):
        raise ValueError(
            f"`field` must be 0 for the rationals or a prime, got {shown(field)}; it is the "
            "characteristic of the coefficients"
        )
    return field
