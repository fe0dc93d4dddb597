import shutil
import subprocess

import pytest

from validation.__main__ import HERE, _options


@pytest.mark.skipif(shutil.which("git") is None, reason="asks git")
def test_results_go_where_git_does_not_look_unless_they_are_recorded():
    ignored = ["git", "check-ignore", "-q"]
    inside = subprocess.run(["git", "rev-parse"], cwd=HERE, capture_output=True, check=False)
    if inside.returncode:
        pytest.skip("this is no clone")
    page = str(_options([]).out / "README.md")
    assert subprocess.run([*ignored, page], cwd=HERE, check=False).returncode == 0
    assert _options(["--record"]).out == HERE


def test_a_folder_of_ones_own_and_the_record_exclude_each_other_refused(capsys):
    with pytest.raises(SystemExit):
        _options(["--record", "--out", "somewhere"])
    assert "not allowed with" in capsys.readouterr().err
