"""`morseloss morse`: from a landscape to its Morse complex, the bars of every degree, pictures."""

import argparse
from dataclasses import asdict
from os.path import isfile
from pathlib import Path
from typing import Any

import numpy as np

from morseloss import plot
from morseloss.cli.output import (
    METRICS,
    add_command,
    add_top,
    finite,
    longest,
    print_json,
    print_left_out,
    print_table,
    progress,
    shown,
)
from morseloss.cli.pictures import Picture, add_plot, draw, make_room
from morseloss.cli.source import FORMS, STARTS, add_source, draw_starts, landscape_of
from morseloss.complexes.boundary import morse_complex
from morseloss.complexes.morse import MorseComplex
from morseloss.files.complexes import holds_complex, load_complex, save_complex
from morseloss.landscapes.certificate import Certificate
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.wrappers import unwrapped
from morseloss.search.complete.critical_set import critical_points
from morseloss.topology import CanonicalForm, Diagram, to_score
from morseloss.topology.columns import columns_over

__all__ = ["add_morse", "print_complex"]

HIGHEST = 4  # variables in which all flow lines can be followed
MOST_PATHS = 20_000  # to complex critical points


def add_morse(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "morse",
        _run_morse,
        help="go from a landscape to its barcode in every degree",
        description="Find the critical points of every index of a landscape in one to four\n"
        "variables and the flow lines between them, the Morse complex, and print the bars\n"
        "of every degree: where each begins and ends, and the TO-scores.",
        epilog=FORMS
        + "All critical points of a polynomial are found and counted. Those of any other\n"
        "landscape are searched from random starts, as are those of a polynomial with\n"
        "`--starts`; the certificate says what speaks for their completeness.\n\n"
        "A file that holds a Morse complex, as `--save` writes it, is taken as it is.\n\n"
        "examples:\n"
        "  morseloss morse himmelblau --plot pictures --save complex.json\n"
        '  morseloss morse "x^4 + y^4 - 2 x^2 - 1.5 y^2 + 0.1 x" --top 3\n'
        "  morseloss morse complex.json --characteristic 2",
    )
    add_source(
        parser,
        landscape="of the catalogue, a polynomial, or a file: a polynomial or a saved complex",
        starts=f"searches for critical points (default: {STARTS}; none for a polynomial)",
    )
    parser.add_argument(
        "--characteristic",
        metavar="P",
        type=_characteristic,
        default=0,
        help="of the field: 0 for the rationals, or a prime",
    )
    add_plot(parser, "points, flow lines and bars")
    parser.add_argument("--save", metavar="FILE", type=Path, help="save the complex (json)")
    add_top(parser)


def _characteristic(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else text[:40]
    try:
        columns_over(number)  # pyright: ignore[reportArgumentType]
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return int(number)


def _run_morse(arguments: argparse.Namespace) -> None:
    path = Path(arguments.landscape)
    stored = isfile(path) and holds_complex(path)  # a formula may be longer than any file's name
    landscape = None if stored else _small(landscape_of(arguments))
    make_room(arguments, (".json",), "Morse complex")
    if landscape is None:
        source, complex, certificate = str(path), _loaded(path, arguments), None
    else:
        source, (complex, certificate) = repr(landscape), _computed(landscape, arguments)
    with progress("bars"):
        form = complex.canonical_form(arguments.characteristic)
    if arguments.save:
        save_complex(complex, arguments.save)
    draw(arguments.plot, _pictures(landscape, complex, form.diagram()))
    print_complex(source, complex, form, certificate, as_json=arguments.json, top=arguments.top)


def _small(landscape: Landscape) -> Landscape:
    if landscape.dim > HIGHEST:
        raise ValueError(
            f"the Morse complex is computed in one to {HIGHEST} variables, got {landscape!r} of "
            f"dimension {landscape.dim}; the bars of degree 0 come from `morseloss landscape`"
        )
    return landscape


def _loaded(path: Path, arguments: argparse.Namespace) -> MorseComplex:
    for name in ("dim", "box", "starts", "perturb"):
        if getattr(arguments, name):
            raise ValueError(f"`--{name}` is for landscapes, got a Morse complex, {path}; drop it")
    return load_complex(path)


def _computed(
    landscape: Landscape, arguments: argparse.Namespace
) -> tuple[MorseComplex, Certificate | None]:
    polynomial = unwrapped(landscape)
    if isinstance(polynomial, Polynomial) and not arguments.starts:
        _countable(polynomial)
        starts = None
    else:
        starts = draw_starts(landscape, arguments)
    with progress("critical points") as show:
        points = critical_points(landscape, starts, progress=show)
    with progress("flow lines") as show:
        return morse_complex(landscape, points, progress=show), points.certificate


def _countable(polynomial: Polynomial) -> None:
    """Refuse to follow more paths to critical points than can be.

    Raises
    ------
    ValueError
        If there are too many.
    """
    degree = polynomial.degree
    paths = max(degree - 1, 0) ** polynomial.dim
    if paths > MOST_PATHS:
        raise ValueError(
            f"a polynomial of degree {degree} in {polynomial.dim} variables has up to {paths:.0e} "
            f"complex critical points, more than {MOST_PATHS} are not followed; search from "
            "`--starts`"
        )


def print_complex(
    source: str,
    complex: MorseComplex,
    form: CanonicalForm,
    certificate: Certificate | None = None,
    *,
    as_json: bool,
    top: int | None = None,
) -> None:
    """Print the bars of a Morse complex in canonical form, as tables or as JSON."""
    bars = form.diagram()
    kept = longest(bars.lifetimes, top)
    if as_json:
        whole = _document(source, complex, form, bars, certificate)
        print_json(whole | {"bars": [whole["bars"][row] for row in kept]})
        return
    print(f"{source}: {complex!r}")
    if certificate is not None:
        print(certificate)
    names = "degree", "birth point", "index", "birth", "death", "lifetime", "death point"
    scale = float(np.abs(complex.values).max(initial=0.0))
    print()
    rows = _bars(complex, bars)
    print_table(">>>>>>>", names, (_row(rows[row], scale) for row in kept))
    print_left_out(kept, len(bars))
    field = f"Z/{form.characteristic}" if form.characteristic else "Q"
    print()
    print_table(
        ">>>>",
        ("degree", f"Betti number over {field}", *(f"TO-score ({metric})" for metric in METRICS)),
        (
            (degree["degree"], degree["betti"], *map(shown, degree["to_score"].values()))
            for degree in _degrees(form, bars)
        ),
    )


def _document(
    source: str,
    complex: MorseComplex,
    form: CanonicalForm,
    bars: Diagram,
    certificate: Certificate | None,
) -> dict[str, Any]:
    columns = {"value": complex.values, "index": complex.indices, "point": complex.points}
    known = {name: column.tolist() for name, column in columns.items() if column is not None}
    rows = zip(*known.values(), strict=True)
    return {
        "source": source,
        "certificate": None if certificate is None else _counts(certificate),
        "critical_points": [dict(zip(known, row, strict=True)) for row in rows],
        "flow_lines": None if complex.lines is None else len(complex.lines),
        "characteristic": form.characteristic,
        "degrees": _degrees(form, bars),
        "bars": [
            {**bar, "death": finite(bar["death"]), "lifetime": finite(bar["lifetime"])}
            for bar in _bars(complex, bars)
        ],
    }


def _counts(certificate: Certificate) -> dict[str, Any]:
    verdicts = {"complete": certificate.complete, "consistent": certificate.consistent}
    numbers = {
        name: finite(number) if isinstance(number, float) else number
        for name, number in asdict(certificate).items()
    }
    return verdicts | numbers


def _bars(complex: MorseComplex, bars: Diagram) -> list[dict[str, Any]]:
    return [
        {
            "degree": int(bars.degrees[row]),
            "birth_point": birth,
            "index": int(complex.indices[birth]),
            "birth": float(bars.births[row]),
            "death": float(bars.deaths[row]),
            "lifetime": float(bars.lifetimes[row]),
            "death_point": None if death < 0 else death,
        }
        for row, (birth, death) in enumerate(
            zip(bars.birth_cells.tolist(), bars.death_cells.tolist(), strict=True)
        )
    ]


def _row(bar: dict[str, Any], scale: float) -> tuple[Any, ...]:
    numbers = (shown(bar[name], scale) for name in ("birth", "death", "lifetime"))
    death = "-" if bar["death_point"] is None else bar["death_point"]
    return bar["degree"], bar["birth_point"], bar["index"], *numbers, death


def _degrees(form: CanonicalForm, bars: Diagram) -> list[dict[str, Any]]:
    return [
        {
            "degree": degree,
            "betti": betti,
            "to_score": {
                metric: to_score(bars, degree=degree, metric=metric) for metric in METRICS
            },
        }
        for degree, betti in enumerate(form.betti)
    ]


def _pictures(
    landscape: Landscape | None, complex: MorseComplex, bars: Diagram
) -> dict[str, Picture]:
    pictures: dict[str, Picture] = {}
    if landscape is not None and landscape.dim == 1:
        graph = complex.graph()
        pictures["landscape"] = Picture(lambda ax: plot.landscape(landscape, graph, ax=ax))
    elif landscape is not None and landscape.dim == 2:
        pictures["morse-smale"] = Picture(lambda ax: plot.morse_smale(landscape, complex, ax))
    elif landscape is not None and landscape.dim == 3 and (level := _level(bars)) is not None:
        pictures["level-surface"] = Picture(
            lambda ax: plot.level_surface(landscape, level, complex, ax), "3d"
        )
    pictures["barcode"] = Picture(lambda ax: plot.barcode(bars, ax))
    pictures["diagram"] = Picture(lambda ax: plot.diagram(bars, ax))
    return pictures


def _level(bars: Diagram) -> float | None:
    """Return the level that lies deepest inside the bars, those of degree 0 only if alone.

    There the surface has most handles and voids, and they are widest.
    """
    kept = bars.finite & (bars.lifetimes > 0)
    kept &= (bars.degrees > 0) | ~(kept & (bars.degrees > 0)).any()
    if not kept.any():
        return None
    births, deaths = bars.births[kept], bars.deaths[kept]
    levels = (births + deaths) / 2
    depths = np.minimum(levels[:, None] - births, deaths - levels[:, None]).clip(0)
    return float(levels[depths.sum(axis=1).argmax()])
