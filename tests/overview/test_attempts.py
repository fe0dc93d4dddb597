import warnings

import pytest

import morseloss as ml
from morseloss.overview.attempts import Attempts


def failing(error):
    def step():
        raise error

    return step


def test_what_a_step_finds_comes_back():
    attempts = Attempts()
    assert attempts.of("nothing", int, lambda: 7) == 7 and attempts.sentences == []


def test_a_failed_step_is_a_sentence_and_what_it_had_found_is_kept():
    attempts = Attempts()
    assert attempts.of("none", int, failing(ml.SearchError("it stalled", 3))) == 3
    assert attempts.of("none", int, failing(ml.SearchError("it fell", "text"))) is None
    assert attempts.of("none", int, failing(ValueError("it was flat"))) is None
    assert attempts.sentences == ["none: it stalled", "none: it fell", "none: it was flat"]


def test_a_warning_for_the_user_is_a_sentence_once():
    attempts = Attempts()
    for _ in range(2):
        attempts.of("none", int, lambda: warnings.warn("look out", UserWarning, 1) or 1)
    assert attempts.sentences == ["look out"]


def test_other_warnings_and_faults_of_the_program_go_through():
    attempts = Attempts()
    with pytest.warns(DeprecationWarning, match="old"):
        attempts.of("none", int, lambda: warnings.warn("old", DeprecationWarning, 1) or 1)
    with pytest.raises(KeyError):
        attempts.of("none", int, failing(KeyError("a")))
    with pytest.raises(ml.Interrupted):
        attempts.of("none", int, failing(ml.Interrupted(None)))
