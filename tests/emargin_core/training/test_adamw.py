"""AdamW over one vector makes torch's own steps."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from emargin_core.training.adamw import FlatAdamW

WITHOUT_COMPILER = """
import sys
from torch import nn
from emargin_core.training.adamw import FlatAdamW
layer = nn.Linear(2, 2)
optimiser = FlatAdamW(layer, 0.1)
layer(layer.weight).sum().backward()
optimiser.step()
assert "torch._dynamo" not in sys.modules
"""


def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(7, 33), nn.BatchNorm1d(33), nn.ReLU(), nn.Linear(33, 5))


def train(model, optimiser):
    points = torch.randn(40, 7, generator=torch.Generator().manual_seed(4))
    for step in range(30):
        loss = (model(points) - step).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.state_dict()


@pytest.mark.parametrize(
    ("decay", "torchs"),
    [
        (0.01, lambda model: torch.optim.AdamW(model.parameters(), lr=0.003)),
        (0.2, lambda model: torch.optim.AdamW(model.parameters(), lr=0.003, weight_decay=0.2)),
        (0.0, lambda model: torch.optim.Adam(model.parameters(), lr=0.003)),
    ],
)
def test_weights_are_those_of_torch_bit_for_bit(decay, torchs):
    model, other = network(), network()
    found = train(model, FlatAdamW(model, 0.003, decay))
    expected = train(other, torchs(other))
    assert found.keys() == expected.keys()
    for name, value in found.items():
        assert torch.equal(value, expected[name]), name


def test_compiler_of_torch_is_not_imported():
    subprocess.run([sys.executable, "-c", WITHOUT_COMPILER], check=True)
