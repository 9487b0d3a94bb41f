"""torch's AdamW, over all parameters of a module as one vector."""

import torch
from torch import nn
from torch.nn.utils import parameters_to_vector
from torch.optim.adamw import adamw

DECAY = 0.01
"""As `torch.optim.AdamW` has it where nothing is said."""


class FlatAdamW:
    """Makes the steps of `torch.optim.AdamW`, bit for bit, with a tenth of its calls.

    The parameters and their gradients become views of one vector each. The class of torch's own
    is not used, since the first one made in a process imports torch's compiler, which takes as
    long as importing torch.
    """

    def __init__(self, module: nn.Module, rate: float, decay: float = DECAY) -> None:
        parameters = list(module.parameters())
        self._values = parameters_to_vector(parameters).detach()
        self.gradient = torch.zeros_like(self._values)
        self._means = torch.zeros_like(self._values)
        self._squares = torch.zeros_like(self._values)
        self._steps = torch.zeros(())
        self._rate, self._decay = rate, decay
        sizes = [parameter.numel() for parameter in parameters]
        views = zip(self._values.split(sizes), self.gradient.split(sizes), strict=True)
        for parameter, (value, gradient) in zip(parameters, views, strict=True):
            parameter.data = value.view_as(parameter)
            parameter.grad = gradient.view_as(parameter)

    def zero_grad(self) -> None:
        """Forget the gradient, before the next one is added up."""
        self.gradient.zero_()

    @torch.no_grad()
    def step(self) -> None:
        """Change the parameters by the gradient."""
        adamw(
            [self._values],
            [self.gradient],
            [self._means],
            [self._squares],
            [],
            [self._steps],
            foreach=False,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self._rate,
            weight_decay=self._decay,
            eps=1e-8,
            maximize=False,
        )
