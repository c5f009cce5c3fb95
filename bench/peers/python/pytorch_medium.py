"""PyTorch that may multiply in bfloat16 where it has float32: set_float32_matmul_precision('medium')."""

import torch
from pytorch import VERSION, Session, set_threads  # noqa: F401

# Whether numbers are rounded more coarsely than to float32.
ROUNDS = True

torch.set_float32_matmul_precision("medium")
