"""Eigenvectors by a rule, not by what the linear algebra library returns."""

import pytest
import torch

from morseloss.search.eigenmodes import eigenmodes


def noisy(matrix, generator, count=20):
    """Copies of a symmetric matrix with other last bits."""
    noise = 1e-16 * torch.randn(count, *matrix.shape, generator=generator, dtype=torch.float64)
    return matrix + noise + noise.mT


def test_the_sign_of_equal_components_does_not_hang_on_round_off(generator):
    """Of (1, -1) either component may be the larger one by a last bit."""
    matrix = torch.tensor([[2.0, 0.5], [0.5, 2.0]], dtype=torch.float64)
    modes = eigenmodes(noisy(matrix, generator))[1]
    wanted = torch.tensor([[1.0, 1.0], [-1.0, 1.0]], dtype=torch.float64) / 2**0.5
    torch.testing.assert_close(modes, wanted.expand_as(modes))


@pytest.mark.parametrize("eigenvalues", [[-4.0] * 2, [3.0] * 3, [-1.0, -1.0, 2.0], [0.5, 2.0, 2.0]])
def test_in_an_eigenspace_the_modes_are_the_same_whatever_round_off_does(eigenvalues, generator):
    dim = len(eigenvalues)
    turn = torch.linalg.qr(torch.randn(dim, dim, generator=generator, dtype=torch.float64)).Q
    matrix = turn @ torch.diag(torch.tensor(eigenvalues, dtype=torch.float64)) @ turn.T
    found, modes = eigenmodes(noisy(matrix, generator))
    torch.testing.assert_close(modes, modes[:1].expand_as(modes), rtol=0, atol=1e-12)
    torch.testing.assert_close(modes @ torch.diag_embed(found) @ modes.mT, matrix.expand_as(modes))


def test_eigenvectors_of_different_eigenvalues_are_those_of_the_library_but_for_the_sign(generator):
    matrices = torch.randn(10, 4, 4, generator=generator, dtype=torch.float64)
    matrices = matrices + matrices.mT
    eigenvalues, modes = eigenmodes(matrices)
    wanted = torch.linalg.eigh(matrices)
    assert torch.equal(eigenvalues, wanted.eigenvalues)
    assert torch.equal(modes.abs(), wanted.eigenvectors.abs())
