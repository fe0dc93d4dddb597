"""Check what a wheel holds: `python .ci/contents.py WHEEL`.

The one idea: the package, its marker of types and its licence, nothing else, and the README for a
description.
"""

import email
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

wheel = zipfile.ZipFile(sys.argv[1])
(info,) = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
inside = {name for name in wheel.namelist() if not name.startswith(f"{info}/")}
source = {
    file.relative_to(ROOT).as_posix()
    for file in (ROOT / "morseloss").rglob("*")
    if file.suffix in (".py", ".typed")
}
metadata = email.message_from_bytes(wheel.read(f"{info}/METADATA"))
checks = {
    f"the modules and py.typed, nothing else: {sorted(inside ^ source)}": inside == source,
    "py.typed": "morseloss/py.typed" in inside,
    "the licence": wheel.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes(),
    "a description in Markdown": metadata["Description-Content-Type"] == "text/markdown",
    "the README": metadata.get_payload(decode=True) == (ROOT / "README.md").read_bytes(),
}
wrong = [what for what, holds in checks.items() if not holds]
if wrong:
    sys.exit(f"{sys.argv[1]} must hold " + "; ".join(wrong))
