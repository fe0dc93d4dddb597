"""What the program ripser prints: a heading for each degree, then its bars, `[0,0.5)`.

The one idea: a bar that never ends has nothing before its bracket, `[0, )`. The field is not told,
nor the filtration: Cubical Ripser prints the same.
"""

import re
from typing import Any

from morseloss.files.tables import parsed
from morseloss.topology.door import shown

__all__ = ["read_ripser"]

HEADING = re.compile(r"persistence intervals in dim(?:ension)? (\d{1,9}):")
BAR = re.compile(r"\[\s*([^,\s]+)\s*,\s*([^)\s]*)\s*\)")


def read_ripser(text: str) -> dict[str, Any]:
    """Return the columns of the diagram that ripser printed.

    Lines which are neither headings nor bars are its remarks and stay out.

    Raises
    ------
    ValueError
        If there is no heading, or a bar is none.
    """
    degree, births, deaths, degrees = None, [], [], []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        heading = HEADING.search(line)
        if heading:
            degree = int(heading[1])
        elif degree is not None and line.startswith("["):
            bar = BAR.match(line)
            if bar is None:
                raise ValueError(f"{shown(line)} in line {number}, which is no bar such as [0,0.5)")
            births.append(parsed(bar[1]))
            deaths.append(parsed(bar[2] or "inf"))
            degrees.append(degree)
    if degree is None:
        raise ValueError("no heading such as `persistence intervals in dim 0:`; copy it whole")
    return {"births": births, "deaths": deaths, "degrees": degrees}
