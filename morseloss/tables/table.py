"""`Table`: named columns over the rows of an object, for notebooks, pandas and loops.

The one idea: an object says once what its columns are; how they become HTML, a data frame or rows
to loop over is the same for all of them.
"""

from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    import pandas

__all__ = ["Table", "Tabled", "frame_of", "html_of", "rows_of"]

MOST_ROWS = 10  # shown in a notebook
MOST_WIDE = 4  # of the numbers that one row has of a kind, its coordinates say
CELL = 'style="text-align:right;padding:0 .8em"'
BOX = 'style="display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start"'


@dataclass(frozen=True, eq=False)
class Table:
    """Hold columns of one length, under their names.

    Parameters
    ----------
    caption : str
        What the rows are, in a few words.
    columns : dict of str to ndarray, of shape (n,) or (n, m)
        The column of shape (n, m) is one of m numbers a row, called `name0`, `name1`, ...
    row : str
        What one row is called.
    picture : str
        An SVG that stands beside the rows, or nothing.

    Examples
    --------
    >>> wells = Table("2 wells", {"value": np.array([0.0, 1.0])}, "Well")
    >>> list(wells)
    [Well(value=0.0), Well(value=1.0)]
    """

    caption: str
    columns: dict[str, np.ndarray]
    row: str = "Row"
    picture: str = ""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __iter__(self) -> Iterator[Any]:
        made = namedtuple(self.row, self.columns)
        lists = (
            column.tolist() if column.ndim == 1 else list(column)
            for column in self.columns.values()
        )
        return (made(*parts) for parts in zip(*lists, strict=True))

    def flat(self, most: int | None = None) -> dict[str, np.ndarray]:
        """Return columns of shape (n,), of those with several numbers a row at most so many."""
        found = {}
        for name, column in self.columns.items():
            if column.ndim == 1:
                found[name] = column
                continue
            parts = column.shape[1]
            shown = parts if most is None or parts <= most else most - 1
            found |= {f"{name}{part}": column[:, part] for part in range(shown)}
            if shown < parts:
                found[f"{name}{shown} ... {name}{parts - 1}"] = np.full(len(column), "...")
        return found

    def to_frame(self) -> "pandas.DataFrame":
        """Return the rows as a data frame of pandas.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError(
                "`to_frame` makes a table of pandas, which is not installed; use `pip install "
                "pandas`, or the arrays themselves"
            ) from error
        return pandas.DataFrame(self.flat())

    def to_html(self) -> str:
        """Return the first rows as HTML, how many more there are, and the picture beside them."""
        columns = self.flat(MOST_WIDE)
        shown = min(len(self), MOST_ROWS + (len(self) == MOST_ROWS + 1))
        head = "".join(f"<th {CELL}>{escape(name)}</th>" for name in ("", *columns))
        body = "".join(_row(row, columns) for row in range(shown))
        rest = len(self) - shown
        more = f"<div>and {rest} more rows</div>" if rest else ""
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"
        caption = f"<div><b>{escape(self.caption)}</b></div>"
        beside = f"<div>{self.picture}</div>" if self.picture else ""
        rows = f"<div>{table}</div>" if len(self) else ""
        return f"<div>{caption}<div {BOX}>{rows}{beside}</div></div>"


@runtime_checkable
class Tabled(Protocol):
    """An object that says what its columns are."""

    def table(self) -> Table:
        """Return the object as columns, with a caption and a picture."""
        ...


def rows_of(self: Tabled) -> Iterator[Any]:
    """Return the rows one by one, as named tuples."""
    return iter(self.table())


def frame_of(self: Tabled) -> "pandas.DataFrame":
    """Return the rows as a data frame of pandas, which is optional.

    Raises
    ------
    ImportError
        If pandas is not installed.
    """
    return self.table().to_frame()


def html_of(self: Tabled) -> str:
    """Return what a notebook shows: the first rows and a small picture."""
    return self.table().to_html()


def _row(row: int, columns: dict[str, np.ndarray]) -> str:
    cells = "".join(f"<td {CELL}>{escape(_cell(part[row]))}</td>" for part in columns.values())
    return f"<tr><th {CELL}>{row}</th>{cells}</tr>"


def _cell(entry: Any) -> str:
    """Return an entry as text, in six digits; what is not known is a dash."""
    if not isinstance(entry, float | np.floating):
        return str(entry)
    if np.isnan(entry):
        return "–"
    if np.isinf(entry):
        return "∞" if entry > 0 else "-∞"
    return f"{entry:.6g}"
