"""A certificate says which counts agree, and which of them proves anything."""

import pytest

import morseloss as ml


@pytest.mark.parametrize(
    ("counts", "shown", "complete", "consistent"),
    [
        ({"euler": 1}, "Euler characteristic 1", False, True),
        ({"euler": -2}, "Euler characteristic -2", False, False),
        (
            {"euler": 1, "degenerate": 2},
            "Euler characteristic 1, without 2 degenerate points",
            False,
            False,
        ),
        (
            {"euler": 1, "expected": 9, "found": 9, "real": 5, "alpha": 1.2e-12},
            "complete: 9 of 9 complex solutions, 5 real, alpha 1e-12, Euler characteristic 1",
            True,
            True,
        ),
        (
            {"euler": 0, "degenerate": 1, "expected": 3, "found": 3, "real": 1},
            "complete: 3 of 3 complex solutions, 1 real, alpha nan, Euler characteristic 0, "
            "without 1 degenerate points",
            True,
            False,
        ),
        (
            {"euler": 1, "expected": 1, "found": 1, "real": 1, "alpha": 2e-7, "away": 2},
            "complete: 1 of 1 complex solutions, 1 real, 2 at infinity, alpha 2e-07, "
            "Euler characteristic 1",
            True,
            True,
        ),
        (
            {"euler": 2, "expected": 9, "found": 8, "real": 4, "alpha": float("inf"), "rounds": 3},
            "incomplete: 8 of 9 complex solutions, 4 real, alpha inf, Euler characteristic 2",
            False,
            False,
        ),
    ],
)
def test_a_certificate_shows_its_counts(counts, shown, complete, consistent):
    certificate = ml.Certificate(**counts)
    assert repr(certificate) == f"Certificate({shown})"
    assert (certificate.complete, certificate.consistent) == (complete, consistent)


def test_more_solutions_than_there_can_be_are_no_proof():
    assert not ml.Certificate(euler=1, expected=9, found=10).complete
