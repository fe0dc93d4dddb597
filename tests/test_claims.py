"""The claims of `validation/` on another seed than the committed one."""

import pytest

from validation.__main__ import CLAIMS, drawn
from validation.report import measured, written


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS)
def test_the_claim_holds_for_another_seed_and_is_drawn_from_its_file(claim, tmp_path):
    report = measured(claim, seed=1)
    assert drawn(written(report, tmp_path), tmp_path).stat().st_size > 5000
    assert report["verdict"] == "holds", report["measured"]
