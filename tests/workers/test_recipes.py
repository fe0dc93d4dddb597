"""The recipes of the page on workers run, and give the bits of one process."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from morseloss.networks.runs.kinds import PATH
from morseloss.networks.runs.run import Run
from tests.networks.runs.test_workers import assert_same, content

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "guides" / "workers.md").read_text()
RECIPES = dict(re.findall(r"```python\n# (\w+\.py)\n(.+?)```", PAGE, re.S))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in RECIPES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "nets", raising=False)
    return tmp_path


def assert_same_bits(folder, words, name):
    """Run a recipe, and compare its folder with one that this process makes."""
    import nets

    paths = os.pathsep.join([str(folder), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    told = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with Run(folder / "here", nets.landscape()) as run:
            run.train(5, nets.DESCENT, together=1)
            run.connect("swept", nets.TRAINING, together=3)
            here = content(run)
    finally:
        torch.set_num_threads(threads)
    with Run(folder / "runs" / name, nets.landscape()) as run:
        assert len(run.store.names(PATH)) == 10
        assert_same(here, content(run))


def test_the_page_has_all_recipes():
    names = {"nets", "processes", "gpus", "executorlib_here", "dask_here", "mpi"}
    assert {name.removesuffix(".py") for name in RECIPES} == names
    for name, text in RECIPES.items():
        compile(text, name, "exec")
        assert len(text.splitlines()) <= 20


@pytest.mark.slow
def test_processes_of_this_machine(folder):
    assert_same_bits(folder, [sys.executable, "processes.py"], "processes")


@pytest.mark.slow
def test_executorlib(folder):
    pytest.importorskip("executorlib")
    assert_same_bits(folder, [sys.executable, "executorlib_here.py"], "executorlib")


@pytest.mark.slow
def test_dask(folder):
    pytest.importorskip("distributed")
    assert_same_bits(folder, [sys.executable, "dask_here.py"], "dask")


@pytest.mark.slow
def test_mpi(folder):
    pytest.importorskip("mpi4py")
    if shutil.which("mpiexec") is None:
        pytest.skip("no MPI is installed")
    as_root = ["--allow-run-as-root", "--oversubscribe"]
    told = subprocess.run(["mpiexec", "--version"], capture_output=True, text=True, check=True)
    more = as_root if "Open MPI" in told.stdout or "OpenRTE" in told.stdout else []
    words = ["mpiexec", *more, "-n", "3", sys.executable, "-m", "mpi4py.futures", "mpi.py"]
    assert_same_bits(folder, words, "mpi")


@pytest.mark.gpu
def test_each_worker_has_a_gpu_of_its_own(folder):
    code = (
        "import gpus, os\n"
        "if __name__ == '__main__':\n"
        "    with gpus.gpus() as pool:\n"
        "        print(pool.submit(os.getenv, 'CUDA_VISIBLE_DEVICES').result())\n"
    )
    (folder / "ask.py").write_text(code)
    told = subprocess.run(
        [sys.executable, "ask.py"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert int(told.stdout) in range(torch.cuda.device_count())
