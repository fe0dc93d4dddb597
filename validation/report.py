"""What a claim leaves behind: a JSON file with everything needed to judge and to repeat it.

A claim is a module with a docstring (the claim, its source, its tolerance), `TITLE`, a pure
`run(seed) -> Outcome`, and `draw(data) -> Figure`, which sees nothing but the JSON.
"""

import json
import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from validation.claims import claim_module, place

__all__ = ["Outcome", "environment", "measured", "read", "report_file", "table", "written"]

PACKAGES = ("torch", "numpy", "scipy", "numba", "networkx", "gudhi", "persim", "matplotlib")


@dataclass(frozen=True)
class Outcome:
    """What was expected, what was measured, whether that holds, and the numbers behind it."""

    expected: str
    measured: str
    holds: bool
    data: dict[str, Any]


def environment() -> dict[str, Any]:
    """Return versions and hardware, as far as they decide speed or rounding."""
    import torch

    return {
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def measured(name: str, seed: int) -> dict[str, Any]:
    """Run one claim and return its report."""
    module = claim_module(name)
    start = time.perf_counter()
    outcome = module.run(seed)
    return {
        "claim": name,
        "title": module.TITLE,
        "expected": outcome.expected,
        "measured": outcome.measured,
        "verdict": "holds" if outcome.holds else "FAILS",
        "seed": seed,
        "seconds": round(time.perf_counter() - start, 2),
        "environment": environment(),
        "data": outcome.data,
    }


def report_file(out: Path, name: str) -> Path:
    """Return the file of a claim's report below `out`."""
    return out / "results" / place(name).with_suffix(".json")


def written(report: dict[str, Any], out: Path) -> Path:
    """Write the report below `out` and return the file."""
    file = report_file(out, report["claim"])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, indent=1, allow_nan=True) + "\n")
    return file


def read(file: Path) -> dict[str, Any]:
    """Return the report in a file."""
    return json.loads(file.read_text())


def table(reports: list[dict[str, Any]]) -> str:
    """Return the reports as a Markdown table, failures first."""
    rows = [
        f"| {r['title']} | {r['expected']} | {r['measured']} | {r['verdict']} | {r['seconds']} s |"
        for r in sorted(reports, key=lambda r: r["verdict"] == "holds")
    ]
    head = ["| claim | expected | measured | verdict | time |", "| --- | --- | --- | --- | --- |"]
    return "\n".join(head + rows)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"
