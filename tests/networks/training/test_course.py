"""A recipe for training."""

import pytest
import torch

from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.optimisers import Adam
from morseloss.networks.training.schedules import Cosine


def test_a_descent_is_a_value():
    one = Descent(Cosine(0.1, 3), 3, 20)
    assert one == Descent(Cosine(0.1, 3), epochs=3, size=20, optimiser=Adam(), finish=LBFGS())
    assert one.steps == 3000 and one.dtype == torch.float64
    assert hash(one) == hash(Descent(Cosine(0.1, 3), 3, 20))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schedule": 0.1}, r"`schedule` must be as Cosine\(0.03, epochs\), got 0.1"),
        ({"optimiser": "adam"}, r"`optimiser` must be as Adam\(\), got 'adam'"),
        ({"finish": True}, r"`finish` must be as LBFGS\(\) or None, got True"),
        ({"dtype": torch.long}, "`dtype` must be as torch.float64, got torch.int64"),
        ({"epochs": -1}, "whole numbers, 0 or more, and `size` 1 or more, got -1, 3000 and 20"),
        ({"epochs": 1.5}, "whole numbers"),
        ({"steps": float("nan")}, "whole numbers"),
        ({"size": 0}, "`size` 1 or more, got 3, 3000 and 0"),
    ],
)
def test_fields_that_make_no_sense_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        Descent(**{"schedule": Cosine(0.1, 3), "epochs": 3, "size": 20, **change})
