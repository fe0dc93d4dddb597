"""Words of others, cut to a line."""

from morseloss.networks.loss.complaint import complaint


def test_long_words_are_cut_and_lines_joined():
    told = complaint(RuntimeError("one\n  two " + "word " * 1000))
    assert told.startswith("RuntimeError: one two word") and told.endswith(" ...")
    assert len(told) < 240 and "\n" not in told
    assert complaint(KeyError()) == "KeyError"
