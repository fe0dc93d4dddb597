import pytest

from morseloss.escape import Gate
from tests.escape.descents.plain import BENT, SADDLE, at


@pytest.fixture(scope="session")
def bent():
    """The gate of the cubic, in the plane."""
    return Gate(BENT, at(0.0, 0.0), at(SADDLE, 0.0))
