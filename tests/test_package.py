import importlib.util
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import morseloss as ml

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
API = sorted((ROOT / "docs" / "api").glob("*.md"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
HEAVY = ("gudhi", "networkx", "persim", "matplotlib", "numba", "scipy.optimize")
LATER = ("escape", "interop", "networks", "plot", "witten")
NOT_ROOMS_HERE = ("analytic", "differentiable")


def test_the_version_is_that_of_the_distribution():
    assert ml.__version__ == version("morseloss")


def test_package_project_and_citation_have_one_version():
    (cited,) = re.findall(r"version = \{(.+)\}", README)
    assert ml.__version__ == PROJECT["version"] == cited


def test_the_paper_is_cited_alike_in_the_readme_and_in_the_references():
    (entry,) = re.findall(r"^@misc.+?^}$", README, re.M | re.S)
    assert entry in (ROOT / "docs" / "references.bib").read_text()


def test_every_public_name_is_there():
    assert all(hasattr(ml, name) for name in ml.__all__)
    assert sorted(ml.__all__) == ml.__all__


@pytest.mark.parametrize("room", ["", "differentiable", *LATER])
def test_every_public_name_stands_in_the_api(room):
    holder, rooms = (getattr(ml, room), ()) if room else (ml, (*LATER, *NOT_ROOMS_HERE))
    listed = [word for page in API for word in page.read_text().split()]
    names = [f"{room}.{name}".removeprefix(".") for name in holder.__all__ if name not in rooms]
    assert [name for name in names if name not in listed] == []


def test_importing_the_package_leaves_heavy_libraries_and_rooms_of_some_out():
    out = (*HEAVY, "morseloss.graphs.differentiable", *(f"morseloss.{room}" for room in LATER))
    code = f"import sys, morseloss; print([m for m in {out} if m in sys.modules])"
    assert printed(code) == "[]"


def test_a_barcode_of_two_minima_does_not_wait_for_numba():
    code = (
        "import sys, morseloss as ml\n"
        "ml.barcode(([0.0, 1.0], [[0, 1]], [2.0]))\n"
        "ml.barcode_of_blocks([0.0, 1.0], [([0], [1], [2.0])])\n"
        "print('numba' in sys.modules)"
    )
    assert printed(code) == "False"


def test_a_room_that_is_imported_later_is_named_before_and_there_when_asked_for():
    for room in LATER:
        code = f"import morseloss as ml; print({room!r} in dir(ml), ml.{room}.__name__)"
        assert printed(code) == f"True morseloss.{room}"
    code = "import morseloss as ml; print('differentiable' in dir(ml), ml.differentiable.__name__)"
    assert printed(code) == "True morseloss.graphs.differentiable"
    with pytest.raises(AttributeError, match="has no attribute 'attic'"):
        _ = ml.attic


def printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_every_bound_is_a_lowest_version_that_can_be_installed_as_such():
    bounds = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    assert [bound for bound in bounds if not re.fullmatch(r"[\w-]+>=[\d.]+", bound)] == []


PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*/*.md")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_file_that_a_page_names_is_there(page):
    text = page.read_text()
    code = re.findall(r"`((?:morseloss|docs|tests|validation|\.ci|\.github)/[^`\s]*)`", text)
    links = re.findall(r"\]\((?!http|/)([^)#]+)[^)]*\)", text)
    made = {"validation/out"}  # by the first command
    files = [ROOT / name for name in code if name not in made]
    files += [page.parent / name for name in links]
    unwritten = ("docs/_build", "docs/gallery", "docs/generated")
    lost = [str(file) for file in files if not file.exists()]
    assert [name for name in lost if not any(part in name for part in unwritten)] == []


WRITTEN = {"__pycache__", "gallery", "generated", "_build", "out"}  # by commands


def test_a_room_holds_at_most_fifteen_files():
    tops = [ROOT / top for top in ("morseloss", "tests", "validation", "docs")]
    folders = [folder for top in tops for folder in (top, *top.glob("**/"))]
    ours = [f for f in folders if not WRITTEN & set(f.relative_to(ROOT).parts)]
    sizes = {str(f.relative_to(ROOT)): sum(one.is_file() for one in f.iterdir()) for f in ours}
    assert len(sizes) > 40
    assert [name for name, size in sizes.items() if size > 15] == []


@pytest.fixture(scope="module")
def plan():
    spec = importlib.util.spec_from_file_location("plan", ROOT / "docs" / "pictures" / "plan.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_house_has_every_room_of_the_package_and_all_its_streams_run_down(plan):
    floors = plan.floors_of("morseloss")
    levels = {room: number for number, floor in enumerate(floors) for room in floor}
    inside = {one.stem for one in (ROOT / "morseloss").iterdir() if one.suffix in (".py", "")}
    assert set(levels) == {room for room in inside if not room.startswith("__")}
    streams = plan.traffic("morseloss")
    assert all(levels[source] < levels[target] for source, target in streams)
    assert streams["search", "landscapes"] > streams["graphs", "landscapes"] > 0


def test_an_import_is_followed_to_the_module_that_holds_the_name(plan):
    assert plan.home_of("morseloss", "analytic") == "morseloss.landscapes.analytic"
    assert plan.home_of("morseloss", "barcode") == "morseloss.graphs.persistence"
    assert plan.home_of("morseloss.topology", "Diagram") == "morseloss.topology.diagram"
    assert plan.home_of("morseloss.status", "Status") == "morseloss.status"
