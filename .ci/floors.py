"""Print the lowest versions that pyproject.toml declares: `python .ci/floors.py [EXTRA ...]`.

The one idea: a bound that nobody installs is a guess, so every `>=` becomes `==` and is run.
torch alone stays at the tested version: its lowest wheel on Linux comes with CUDA, several GB.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTED = re.search(r"^torch==(.+)$", (ROOT / ".ci" / "constraints.txt").read_text(), re.M)

project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
for requirement in project["dependencies"] + [one for name in sys.argv[1:] for one in extras[name]]:
    name, floor = requirement.split(">=")
    print(f"{name}=={TESTED[1] if name == 'torch' else floor}")
