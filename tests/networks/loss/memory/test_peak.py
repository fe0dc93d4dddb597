"""What lives at once is counted, below autograd and `vmap`."""

import torch

from morseloss.networks.loss.memory.peak import peak


def test_tensors_count_while_they_live_and_views_do_not():
    x = torch.zeros(1000, dtype=torch.float64)
    assert peak(lambda: x + 1) == 8000
    assert peak(lambda: x.view(10, 100)[3]) == 0
    assert peak(lambda: x.add_(1)) == 0

    def one_after_the_other():
        for _ in range(5):
            made = x + 1  # noqa: F841

    assert peak(one_after_the_other) == 16000  # the old one lives until the new one is there
    assert peak(lambda: [x + 1 for _ in range(5)]) == 40000


def test_what_autograd_keeps_and_vmap_spreads_is_seen():
    x = torch.zeros(1000, dtype=torch.float64, requires_grad=True)
    assert peak(lambda: (x.sin().cos()).sum().backward()) >= 24000
    many = torch.zeros(7, 1000, dtype=torch.float64)
    assert peak(lambda: torch.vmap(torch.sin)(many)) == 56000
