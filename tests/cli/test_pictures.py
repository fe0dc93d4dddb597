import json

import pytest

from morseloss import __version__
from morseloss.cli import main
from morseloss.cli.command import _parser

GRAPH = {"minima": [{"value": 0.0}, {"value": 1.0}], "edges": [{"ends": [0, 1], "weight": 2.0}]}


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0 and capsys.readouterr().out == f"morseloss {__version__}\n"


@pytest.mark.parametrize("words", [[], ["network"]])
def test_a_command_without_words_helps(words, capsys):
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("usage: morseloss")


def test_a_folder_gets_all_pictures_and_a_file_the_first(tmp_path, capsys):
    words = ["landscape", "himmelblau", "--starts", "40"]
    assert main([*words, "--plot", str(tmp_path / "all")]) == 0
    told = capsys.readouterr().err.splitlines()
    names = sorted(file.name for file in (tmp_path / "all").iterdir())
    assert {"landscape.png", "barcode.png"} <= set(names)
    assert sorted(told) == [f"morseloss: wrote {tmp_path / 'all' / name}" for name in names]
    assert main([*words, "--plot", str(tmp_path / "one" / "mine.pdf")]) == 0
    assert [file.name for file in (tmp_path / "one").iterdir()] == ["mine.pdf"]
    assert (tmp_path / "one" / "mine.pdf").read_bytes().startswith(b"%PDF")


def test_the_bars_of_a_file_go_into_a_folder_too(tmp_path, capsys):
    file = tmp_path / "graph.json"
    file.write_text(json.dumps(GRAPH))
    assert main(["barcode", str(file), "--plot", str(tmp_path / "pictures")]) == 0
    assert [one.name for one in (tmp_path / "pictures").iterdir()] == ["barcode.png"]


def test_a_name_of_neither_folder_nor_picture_is_refused_before_the_work(tmp_path, capsys):
    place = tmp_path / "picture.xyz"
    assert main(["landscape", "himmelblau", "--plot", str(place)]) == 2
    assert "ending in .png, .pdf or .svg" in capsys.readouterr().err
    place.mkdir()  # but what is a folder already may have any name
    assert main(["landscape", "himmelblau", "--starts", "20", "--plot", str(place)]) == 0
    assert (place / "barcode.png").exists()


@pytest.mark.parametrize("place", ["-", ""])
@pytest.mark.parametrize("command", ["barcode g.json", "landscape himmelblau", "network ladder x"])
def test_a_picture_goes_neither_to_standard_output_nor_nowhere(place, command, capsys, monkeypatch):
    with pytest.raises(SystemExit) as stop:
        main([*command.split(), "--plot", place])
    assert stop.value.code == 2
    assert f"expected a folder or a file, got {place!r}" in capsys.readouterr().err


def test_every_default_is_shown():
    def below(parser):
        for action in parser._actions:
            for inner in (action.choices or {}).values() if action.nargs == "A..." else ():
                yield inner
                yield from below(inner)

    for parser in below(_parser()):
        text = " ".join(parser.format_help().split())
        for action in parser._actions:
            default = action.default
            told = action.option_strings and default is not None and default is not False
            if told and default not in ([], "==SUPPRESS=="):
                default = " ".join(default) if isinstance(default, list) else default
                assert f"default: {default})" in text, (parser.prog, action.option_strings)
