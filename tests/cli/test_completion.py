import shutil
import subprocess
import sys

import pytest

from morseloss.cli import main

SHELLS = ("bash", "zsh", "tcsh")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_completed(shell, capsys):
    pytest.importorskip("shtab")
    with pytest.raises(SystemExit) as stop:
        main(["--completion", shell])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    assert all(word in out for word in ("barcode", "landscape", "network"))
    program = shutil.which(shell)
    if program and shell != "tcsh":
        subprocess.run([program, "-n"], input=out, text=True, check=True)


def test_bash_completes_a_command_and_an_option(tmp_path, capsys):
    pytest.importorskip("shtab")
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    with pytest.raises(SystemExit):
        main(["--completion", "bash"])
    script = tmp_path / "completion.bash"
    script.write_text(capsys.readouterr().out)
    ask = f"""
        source {script}
        complete_line() {{
            COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=()
            $(complete -p morseloss | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
            echo "${{COMPREPLY[@]}}"
        }}
        complete_line morseloss land
        complete_line morseloss morse --char
    """
    found = subprocess.run([bash, "-c", ask], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["landscape", "--characteristic"]


def test_without_shtab_the_way_out_is_told(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    with pytest.raises(SystemExit) as stop:
        main(["--completion", "bash"])
    assert stop.value.code == 2 and "pip install shtab" in capsys.readouterr().err
