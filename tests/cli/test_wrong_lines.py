"""Wrong command lines: status 2 and one line on the error stream, whatever is wrong."""

import itertools
import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest

import morseloss as ml
from morseloss.cli import main
from tests.files import good

NOT_COUNTS = ["0", "-1", "1.5", "x", "", "1e3", "nan", "inf", "9" * 30, "9" * 5000, "1_0", "\u0661"]
NOT_SEEDS = ["-1", "1.5", "x", "", "9" * 30]
NOT_POSITIVE = ["0", "-1", "nan", "inf", "-inf", "x", "", "1e999"]
FILES = ["barcode", "compare", "landscape", "morse", "escape"]
READABLE = ("graph", "link", "matrix", "bars", "ripser", "edges", "min", "ts", "pele")
HALVES = ("cut-bars.csv", "cut-bars.pers", "cut-ripser.txt", "cut-edges.csv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Good files, and a damaged one of each kind."""
    folder = tmp_path_factory.mktemp("lines")
    for path, _ in good.write(folder):
        content = path.read_bytes()
        (folder / f"cut-{path.name}").write_bytes(content[: len(content) // 2])
        (folder / f"empty-{path.name}").write_bytes(b"")
        (folder / f"no-{path.name}").write_bytes(bytes(range(256)) * 4)
        (folder / f"{path.stem}-other.txt").write_bytes(content)
    ml.save_graph(ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [2.0]), folder / "plain.json")
    (folder / "huge.json").write_text('{"terms": [[[4], 1e300], [[2], -1e300]]}')
    (folder / "steep.json").write_text('{"terms": [[[1000000], 1.0]]}')
    (folder / "wide.json").write_text(json.dumps({"terms": [[[2] * 200, 1.0]]}))
    (folder / "many.json").write_text(json.dumps({"terms": [[[90, 0, 0], 1.0], [[0, 90, 90], 1]]}))
    return folder


def options():
    """Options that are wrong wherever they stand."""
    for command in ("landscape himmelblau", "morse himmelblau", "escape mueller-brown"):
        words = command.split()
        for value in NOT_COUNTS:
            yield [*words, "--starts", value]
            yield [words[0], "double-well", "--dim", value]
        for value in NOT_SEEDS:
            yield [*words, "--seed", value]
        yield [*words, "--dim", "2"]
        yield [*words, "--dim"]
        yield [words[0], "double-well", "--dim", "16"]
        yield [words[0], "rastrigin", "--dim", "101"]
        yield [words[0], "rastrigin", "--dim", "100", "--starts", "100000"]
        yield [*words, "--starts", "500001"]
        for box in ("", "1", "x 2", "0 inf", "1 0", "1 1", "0 1 2", "0 1 0 1 0", "0 1 1 0"):
            yield [*words, "--box", *box.split()]
        yield [*words, "--plot", "/dev/null/pictures"]
        yield [*words, "--unknown"]
        yield [words[0]]
        yield [words[0], "himmelblo"]
        yield [words[0], ""]
        yield [words[0], "himmelblau", "rastrigin"]
    for value in [
        "4",
        "1.5",
        "-2",
        "x",
        "",
        "9" * 30,
        "9" * 5000,
        "2147483659",
        "1",
        "6",
        "\u0662",
    ]:
        yield ["morse", "{complex.json}", "--characteristic", value]
    for value in NOT_POSITIVE:
        yield ["escape", "mueller-brown", "--start", value]
        yield ["escape", "mueller-brown", "--rates", value, "1"]
        yield ["escape", "mueller-brown", "--rates", "1e-3", value]
        if value not in ("0", "-1"):
            yield ["escape", "mueller-brown", "--near", value, "0"]
    for value in NOT_COUNTS:
        yield ["escape", "mueller-brown", "--steps", value]
        if value != "0":
            yield ["compare", "{complex.json}", "{complex.json}", "--degree", value]
    yield ["escape", "mueller-brown", "--rates", "1e-320", "1e308"]
    yield ["escape", "mueller-brown", "--rates", "2", "1"]
    yield ["escape", "mueller-brown", "--rates", "1"]
    yield ["escape", "mueller-brown", "--near", "1"]
    yield ["escape", "mueller-brown", "--near", "1", "2", "3"]
    yield ["escape", "easy-and-hard", "--near", "1", "2"]
    yield ["escape", "easy-and-hard", "--starts", "9"]
    yield ["escape", "himmelblau", "--save", "x.json"]
    for other in ("plain.json", "graph.npz", "bars.npy"):
        yield ["compare", f"{{{other}}}", "{complex.json}", "--degree", "1"]
        yield ["compare", "{complex.json}", f"{{{other}}}", "--degree", "1"]
    yield ["compare", "{complex.json}", "{bars.json}", "--degree", "7"]
    yield ["compare", "{bars.json}"]
    yield ["barcode", "{graph.json}", "--orientation", "diagonal"]
    yield ["barcode", "{graph.json}", "--plot", "bars.xyz"]
    yield ["barcode", "{graph.json}", "--plot", "/dev/null/bars.png"]
    yield ["morse", "{complex.json}", "--dim", "2"]
    yield ["morse", "{complex.json}", "--starts", "2"]
    yield ["morse", "{complex.json}", "--save", "x.npz"]
    yield ["morse", "{many.json}"]
    yield ["morse", "double-well", "--dim", "5"]
    yield ["landscape", "himmelblau", "--save", "x.csv"]
    yield ["escape", "{huge.json}"]
    for name in ("steep.json", "wide.json"):
        for command in ("landscape", "morse", "escape"):
            yield [command, f"{{{name}}}"]
    yield from (["--json"], ["barcodes"], ["network", "trains"], [""], ["-"])
    for part in ("paths", "barcode", "status", "uncertainty"):
        yield ["network", part]
        yield ["network", part, "{nowhere}"]
    recipe = ["network", "train", "{nowhere}", "--module", "json:loads", "--data", "json:loads"]
    yield recipe
    for name, values in {
        "--module": ["json", "json:", ":x", "nowhere:x", "json:nothing", "os:getcwd", "x.y:z"],
        "--chunk": NOT_COUNTS,
        "--weight-decay": ["-1", "nan", "inf", "x"],
        "--seed": NOT_SEEDS,
    }.items():
        for value in values:
            yield [*recipe, name, value]


def on_files(folder):
    """Every command on every file that is not for it, and on none."""
    for path in sorted(folder.iterdir()):
        for command in FILES:
            whole = {
                "barcode": ("plain", "complex"),
                "compare": ("plain", "complex"),
                "morse": ("complex", "polynomial"),
                "landscape": ("polynomial",),
                "escape": ("polynomial",),
            }
            ours = path.stem.removesuffix("-other") in whole[command]
            kind = path.stem.removesuffix("-other")
            ours |= command in ("barcode", "compare") and kind in READABLE
            # half a text of rows, or a min.data without its ts.data, may be a whole one
            ours |= command in ("barcode", "compare") and path.name in HALVES
            if not ours and path.name not in ("huge.json", "steep.json", "wide.json", "many.json"):
                yield [command, str(path)] * 1 + ([str(path)] if command == "compare" else [])
    for command in FILES:
        # the folder holds a min.data with its ts.data, and so is a database of minima
        folders = () if command in ("barcode", "compare") else ("", ".")
        for name in ("missing.json", "missing/x.npz", *folders):
            yield [command, str(folder / name)] + (["x.json"] if command == "compare" else [])


def refusal(line, capsys):
    """What a wrong line says; it is one line, comes soon, and prints nothing else."""
    begin = time.monotonic()
    try:
        status = main(line)
    except SystemExit as exit:
        status = exit.code
    out, err = capsys.readouterr()
    assert (status, out) == (2, ""), (line, status, out, err)
    told = [text for text in err.splitlines() if not text.startswith("morseloss: warning: ")]
    assert len(told) == 1 and told[0].startswith("morseloss: error: "), (line, err)
    assert len(err) < 4000 and "Traceback" not in err, (line, err)
    assert time.monotonic() - begin < 10, line
    return told[0]


@pytest.mark.slow
def test_wrong_lines_end_in_one_line_and_status_two(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    names = {path.name: str(path) for path in folder.iterdir()} | {"nowhere": "nowhere"}
    lines = [
        [names.get(word[1:-1], word) if word[:1] == "{" else word for word in line]
        for line in itertools.chain(options(), on_files(folder))
    ]
    for line in lines:
        refusal(line, capsys)
    assert len(lines) > 400
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20  # KiB


def process(*line, **more):
    command = [sys.executable, "-m", "morseloss", *line]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **more)


def test_a_pipe_that_nobody_reads_any_more_ends_quietly(folder):
    reading, writing = os.pipe()
    os.close(reading)
    for line, quiet in (["barcode", str(folder / "graph.json")], ()), (["morse", "--help"], (0,)):
        with process(*line, stdout=writing) as run:
            assert run.stderr.read() == b""
        assert run.returncode in (128 + signal.SIGPIPE, *quiet)
    os.close(writing)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_one_line(folder):
    with open("/dev/full", "wb") as full:
        with process("barcode", str(folder / "graph.json"), stdout=full) as run:
            told = run.stderr.read()
    assert told == b"morseloss: error: No space left on device; make room\n"
    assert run.returncode == 2


@pytest.mark.parametrize("wait", [0.2, 0.3, 0.6])
def test_an_interrupt_during_the_imports_is_one_line(wait, folder):
    run = process("barcode", str(folder / "graph.json"), stdout=subprocess.DEVNULL)
    time.sleep(wait)
    run.send_signal(signal.SIGINT)
    told = run.communicate(timeout=200)[1]
    # before Python itself has started it dies of the signal, and after the work it is done
    assert run.returncode in (130, 0, -signal.SIGINT)
    assert b"Traceback" not in told or run.returncode == -signal.SIGINT
    if run.returncode == 130:
        assert told == b"morseloss: interrupted; run the same command again, it begins anew\n"


def test_an_interrupt_at_work_says_where_what_was_found_is(tmp_path, capsys, monkeypatch):
    from morseloss.cli import landscape

    found = ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [2.0])

    def stop(*_, **__):
        raise ml.Interrupted(found)

    monkeypatch.setattr(landscape, "build_graph", stop)
    path = tmp_path / "graph.json"
    assert main(["landscape", "easy-and-hard", "--starts", "9", "--save", str(path)]) == 130
    told = capsys.readouterr().err
    assert told.startswith("morseloss: interrupted; what was found by then, LandscapeGraph(2 min")
    assert told.endswith(f"is in {path}\n") and len(ml.load_graph(path)) == 2
    assert main(["landscape", "easy-and-hard", "--starts", "9"]) == 130
    assert capsys.readouterr().err.endswith("run the same command again, it begins anew\n")


@pytest.mark.parametrize("command", ["landscape", "morse", "escape"])
def test_the_polynomial_of_the_help_works(command, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    text = capsys.readouterr().out
    start = text.index('{"terms"')
    path = tmp_path / "polynomial.json"
    path.write_text(text[start : text.index("}", start) + 1])
    assert main([command, str(path), "--starts", "64", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert "x^4 + y^4 - 2 x^2" in content["source"]


def test_a_message_fits_on_a_screen(folder, capsys):
    path = folder / "long.json"
    path.write_text(json.dumps({"terms": [[[4], 1.0]], "box": [[1.0] * 10**5, [0.0] * 10**5]}))
    assert len(refusal(["landscape", str(path)], capsys)) < 1800


def test_bars_that_are_bounds_are_marked(tmp_path, capsys):
    path = tmp_path / "graph.json"
    graph = ml.LandscapeGraph([0.0, 1.0, 2.0], [[0, 1], [1, 2]], [3.0, 4.0], exact=[True, False])
    ml.save_graph(graph, path)
    assert main(["barcode", str(path)]) == 0
    out = capsys.readouterr().out
    assert "edge 0 (0 to 1)\n" in out and "edge 1 (1 to 2) *\n" in out
    assert "* an upper bound: the edge is the best path found" in out
    assert main(["barcode", str(path), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert [bar["exact"] for bar in content["bars"]] == [None, True, False]
    assert main(["compare", str(path), str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bounds"] == {"a": 1, "b": 1}


def test_a_degree_that_only_one_complex_has_is_compared_and_said(folder, tmp_path, capsys):
    circle = ml.MorseComplex([0.0, 2.0], [0, 1], [[0, 0], [0, 0]])
    ml.save_complex(circle, tmp_path / "circle.json")
    line = ["compare", str(tmp_path / "circle.json"), str(folder / "complex.json")]
    assert main([*line, "--degree", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith("none of degree 1") and not lines[0].endswith("none of degree 1")
    told = refusal([*line, "--degree", "2"], capsys)
    assert "`--degree 2` has no bars: there are the degrees [0, 1] in" in told


def test_a_graph_has_no_bars_of_higher_degree_to_compare(folder, capsys):
    line = ["compare", str(folder / "plain.json"), str(folder / "complex.json"), "--degree", "1"]
    assert "got a graph or bars of degree 0 only" in refusal(line, capsys)
