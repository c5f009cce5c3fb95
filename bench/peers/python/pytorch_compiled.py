"""PyTorch with torch.compile: the network and its loss, forward and back, are one generated program. Needs a C++ compiler."""

import pytorch
import torch
from pytorch import VERSION, set_threads  # noqa: F401


class Session(pytorch.Session):
    def __init__(self, case, x, y):
        super().__init__(case, x, y)
        torch._dynamo.reset()
        self.loss_of = torch.compile(self.loss_of)
        self.compiled = torch.compile(self.model)

    def predict(self, row):
        return self.activate(self.compiled(row))
