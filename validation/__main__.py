"""`python -m validation`: run the claims, write JSON, figures and the table, print verdicts."""

import argparse
import sys
from pathlib import Path

from validation.report import measured, read, table, written

HERE = Path(__file__).parent
CLAIMS = (
    "graph_against_gudhi",
    "exact_catalogue",
    "random_polynomials",
    "landscape_against_cubical",
    "change_of_coordinates",
    "algorithm_one",
    "path_heights",
    "bottleneck",
)
HEAD = """# Validation

One claim a row. `python -m validation` runs them all, writes `results/*.json`, draws
`figures/*.png` from the JSON alone, and writes this table; a claim's own file says where it comes
from and with what tolerance. What fails is kept and shown.

"""


def main(arguments: list[str] | None = None) -> int:
    """Run the claims named, all of them by default; exit status 1 if one fails."""
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    parser.add_argument("claims", nargs="*", help=f"of {', '.join(CLAIMS)}; default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for results and figures")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.claims) - set(CLAIMS))
    if unknown:
        parser.error(f"unknown claims {', '.join(unknown)}; choose from {', '.join(CLAIMS)}")
    reports = []
    for name in options.claims or CLAIMS:
        report = measured(name, options.seed)
        file = written(report, options.out / "results")
        drawn(file, options.out / "figures")
        reports.append(report)
        print(f"{report['verdict']:>5}  {report['title']}: {report['measured']}", flush=True)
        print(f"       [{report['seconds']} s]  {file}", flush=True)
    write_page(options.out)
    return int(any(report["verdict"] != "holds" for report in reports))


def drawn(file: Path, folder: Path) -> Path:
    """Draw the figure of a report from its JSON file alone."""
    from importlib import import_module

    report = read(file)
    folder.mkdir(parents=True, exist_ok=True)
    figure = import_module(f"validation.{report['claim']}").draw(report["data"])
    picture = folder / f"{report['claim']}.png"
    figure.savefig(picture, dpi=120)
    return picture


def write_page(out: Path) -> Path:
    """Write the table of all reports in the folder, with their pictures."""
    reports = [read(file) for file in sorted((out / "results").glob("*.json"))]
    order = {name: place for place, name in enumerate(CLAIMS)}
    reports = sorted((r for r in reports if r["claim"] in order), key=lambda r: order[r["claim"]])
    pictures = [f"![{r['title']}](figures/{r['claim']}.png)" for r in reports]
    machine = reports[0]["environment"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    foot = f"Measured on {machine['processor']}, {machine['cores']} cores, Python "
    foot += f"{machine['python']}, {versions}; seed {reports[0]['seed']}."
    page = out / "README.md"
    page.write_text(HEAD + table(reports) + "\n\n" + foot + "\n\n" + "\n\n".join(pictures) + "\n")
    return page


if __name__ == "__main__":
    sys.exit(main())
