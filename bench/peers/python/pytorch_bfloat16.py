"""PyTorch with products in bfloat16 by autocast: weights, optimizer and loss stay float32, as with perceptra's."""

import pytorch
import torch
from pytorch import VERSION, set_threads  # noqa: F401

# Whether numbers are rounded more coarsely than to float32.
ROUNDS = True


class Session(pytorch.Session):
    def __init__(self, case, x, y):
        super().__init__(case, x, y)
        self.bare, self.model = self.model, self.rounded

    def rounded(self, x):
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.bare(x)
        return logits.float()
