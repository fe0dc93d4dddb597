"""What the house is, read from the code: rooms, floors, imports, and what a room is for.

The one idea: nothing is typed in. Rooms are what lies in a package, floors are the layers of the
import contracts in pyproject.toml, and what a room holds is the first line of its docstring.
"""

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]
HOUSE = "morseloss"


def file_of(module: str) -> Path | None:
    """Return the file of a module or package, None for any other name."""
    path = ROOT.joinpath(*module.split("."))
    return next((f for f in (path / "__init__.py", path.with_suffix(".py")) if f.exists()), None)


def modules_in(package: str) -> Iterator[str]:
    """Yield the dotted names of a package and of all modules and packages in it."""
    for file in sorted(ROOT.joinpath(*package.split(".")).rglob("*.py")):
        yield ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def home_of(module: str, name: str) -> str:
    """Return the module that `from module import name` reaches, through any `__init__`."""
    if file_of(f"{module}.{name}"):
        return f"{module}.{name}"
    file = file_of(module)
    if file and file.name == "__init__.py":
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and name in {
                a.asname or a.name for a in node.names
            }:
                return home_of(str(node.module), name)
    return module


def imports_of(module: str) -> set[str]:
    """Return the modules of this package that a module imports, at its head or in a function."""
    reached = set()
    for node in ast.walk(ast.parse(file_of(module).read_text())):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == HOUSE:
            reached |= {home_of(node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            reached |= {a.name for a in node.names if a.name.split(".")[0] == HOUSE}
    return reached


def layered() -> dict[str, dict]:
    """Return the contract that puts the rooms of a package on floors, for each that has one."""
    contracts = [one for one in CONTRACTS if one["type"] == "layers"]
    return {one.get("containers", [HOUSE])[0]: one for one in contracts}


def floors_of(package: str) -> list[list[str]]:
    """Return the rooms of a package that its contract names, floor by floor from the top.

    A door (`__main__`) is no room. A module of the house that no layer names is open to all, so it
    lies on the ground floor.
    """
    layers = [
        [room.strip().removeprefix(f"{package}.") for room in layer.split("|")]
        for layer in layered()[package]["layers"]
    ]
    if package == HOUSE:
        named = {room for floor in layers for room in floor}
        inside = {room_of(package, module) for module in modules_in(package)}
        layers[-1] += sorted(room for room in inside - named if room and not _door(room))
    floors = [[room for room in floor if not _door(room)] for floor in layers]
    return [floor for floor in floors if floor]


def _door(room: str) -> bool:
    return room.startswith("__")


def room_of(package: str, module: str) -> str:
    """Return the room of a package in which a module lies, "" for none."""
    inner = module.removeprefix(f"{package}.")
    return inner.split(".")[0] if inner != module else ""


def traffic(package: str) -> Counter[tuple[str, str]]:
    """Count the imports from room to room: pairs of a module and a module that it imports."""
    rooms = {room for floor in floors_of(package) for room in floor}
    found = Counter()
    for module in modules_in(package):
        for other in imports_of(module):
            ends = room_of(package, module), room_of(package, other)
            if ends[0] != ends[1] and rooms.issuperset(ends):
                found[ends] += 1
    return found


def purpose(module: str) -> str:
    """Return the first line of a docstring."""
    return ast.get_docstring(ast.parse(file_of(module).read_text())).split("\n")[0]


def tables() -> str:
    """Return one Markdown table for each contract that has floors, and what is forbidden."""
    parts = []
    for package, contract in layered().items():
        floors = floors_of(package)
        rows = [f"**{contract['name']}** (`{package}`)", "", "| room | holds | may import |"]
        rows.append("|---|---|---|")
        for number, floor in enumerate(floors):
            below = [f"`{room}`" for lower in floors[number + 1 :] for room in lower]
            rows += [
                f"| `{room}` | {purpose(f'{package}.{room}')} | {', '.join(below) or 'nothing'} |"
                for room in floor
            ]
        parts.append("\n".join(rows))
    for contract in CONTRACTS:
        if contract["type"] == "forbidden":
            rooms, names = (
                ", ".join(f"`{name}`" for name in contract[key])
                for key in ("source_modules", "forbidden_modules")
            )
            parts.append(
                f"**{contract['name']}**: {rooms} may not import {names}, directly or not."
            )
    return "\n\n".join(parts) + "\n"
