"""An interrupt of the command line is one line; programs that import the package keep their own."""

import subprocess
import sys

SHOWN = "import sys, morseloss\nprint(sys.excepthook is sys.__excepthook__, flush=True)\n"


def said(folder, *command):
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_package_that_imports_this_one_keeps_its_own_hook(tmp_path):
    """While `python -m program` imports `program`, the first word of its command is only `-m`."""
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "__init__.py").write_text(SHOWN)
    (tmp_path / "program" / "__main__.py").write_text("")
    assert said(tmp_path, "-m", "program") == "True"
    (tmp_path / "script.py").write_text(SHOWN)
    assert said(tmp_path, "script.py") == "True"


def test_the_command_line_has_a_hook_from_the_first_import_on(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, sys\n"
        "atexit.register(lambda: print(sys.excepthook.__module__, file=sys.__stdout__))\n"
    )
    for command in (["-m", "morseloss"], ["-mmorseloss"]):
        done = subprocess.run(
            [sys.executable, *command, "--help"], capture_output=True, text=True, check=True,
            env={"PYTHONPATH": f"{tmp_path}:.", "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert done.stdout.strip().endswith("morseloss.keyboard")
