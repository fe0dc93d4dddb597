"""`python -m validation`: run the claims, write JSON, figures and the table, print verdicts."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from morseloss.status import Interrupted
from validation.claims import BENCHMARKS, KNOWN, PRESETS
from validation.images import VARIABLE
from validation.jobs import reports
from validation.page import drawn, write_page
from validation.report import report_file, written
from validation.runs import interrupted_after
from validation.whole.on_gpu import without_gpu

HERE = Path(__file__).parent
OUT = HERE / "out"  # not committed: to run the claims leaves a clone as it was


def main(arguments: list[str] | None = None) -> int:
    """Run the claims named, or those of a preset; status 1 if one fails, 2 if one is unfinished."""
    options = _options(arguments)
    if options.redraw:
        return _redrawn(options.claims or KNOWN, options.out)
    names, verdicts = options.claims or PRESETS[options.preset], []
    if options.missing:
        names = [name for name in names if not report_file(options.out, name).exists()]
    if told := without_gpu(names):
        print(told)
        return 1
    if options.data:
        os.environ[VARIABLE] = str(options.data.resolve())
    alone = options.minutes or any(name in BENCHMARKS for name in names)
    jobs = options.jobs or (1 if alone else min(os.cpu_count() or 1, max(len(names), 1)))
    try:
        with interrupted_after(options.minutes):
            for report in reports(names, options.seed, jobs):
                file = written(report, options.out)
                drawn(file, options.out)
                verdicts.append(report["verdict"])
                told = f"{report['verdict']:>5}  {report['title']}: {report['measured']}"
                print(f"{told}\n       [{report['seconds']} s]  {file}", flush=True)
    except (KeyboardInterrupt, Interrupted):
        print("interrupted; give the same command, with --missing, to go on", flush=True)
        return 2
    finally:
        print(f"the table and the figures: {write_page(options.out)}", flush=True)
    return int(any(verdict != "holds" for verdict in verdicts))


def _redrawn(names: Sequence[str], out: Path) -> int:
    """Draw the figures of these claims from their results in the folder, which stay as they are."""
    files = [file for name in names if (file := report_file(out, name)).exists()]
    for file in files:
        print(drawn(file, out), flush=True)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    parser.add_argument("claims", nargs="*", help=f"of {', '.join(KNOWN)}")
    parser.add_argument(
        "--preset", choices=PRESETS, default="default", help="what to run where no claim is named"
    )
    parser.add_argument("--seed", type=int, default=0)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--out", type=Path, default=OUT,
        help="folder for results, figures and their page (default: validation/out)",
    )  # fmt: skip
    where.add_argument(
        "--record", dest="out", action="store_const", const=HERE,
        help="write what is committed, in place of a folder of your own",
    )  # fmt: skip
    parser.add_argument(
        "--data", type=Path, help=f"folder of images and texts (default: {VARIABLE})"
    )
    parser.add_argument(
        "--redraw", action="store_true", help="draw figures from the results there are, run nothing"
    )
    parser.add_argument("--missing", action="store_true", help="leave out what has a result")
    parser.add_argument("--minutes", type=float, help="stop after so many, to be gone on with")
    parser.add_argument(
        "--jobs", type=int, default=None,
        help="claims at a time, one thread each (default: cores, and 1 with a benchmark)",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.claims) - set(KNOWN))
    if unknown:
        parser.error(f"unknown claims {', '.join(unknown)}; choose from {', '.join(KNOWN)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
