import subprocess
import sys
from importlib.metadata import version

import morseloss as ml

HEAVY = ("gudhi", "networkx", "persim", "matplotlib", "numba", "scipy.optimize")


def test_the_version_is_that_of_the_distribution():
    assert ml.__version__ == version("morseloss")


def test_every_public_name_is_there():
    assert all(hasattr(ml, name) for name in ml.__all__)
    assert sorted(ml.__all__) == ml.__all__


def test_importing_the_package_leaves_the_heavy_libraries_out():
    code = f"import sys, morseloss; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
