"""PyTorch's end of bench/distributed.mjs: answers a line with a number of epochs by their milliseconds.

A rank of DistributedDataParallel on Gloo where WORLD_SIZE is above 1, else plain PyTorch.
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "peers" / "python"))

import torch
import torch.distributed as dist
from pytorch import make_net, make_optimizer
from torch.nn.parallel import DistributedDataParallel


def main():
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not pass for an answer
    spec = json.loads(sys.argv[1])
    net, rows = spec["net"], spec["rows"]
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    torch.set_num_threads(spec["threads"])
    torch.manual_seed(1)
    model = make_net(net["sizes"], net["hidden"])
    if size > 1:
        dist.init_process_group("gloo")
        model = DistributedDataParallel(model, gradient_as_bucket_view=True)
    optimizer = make_optimizer(spec["optimizer"], model.parameters(), spec["rate"])
    loss_of = torch.nn.CrossEntropyLoss()
    torch.manual_seed(2 + rank)
    x, y = torch.rand(rows // size, net["sizes"][0]) * 2 - 1, torch.randint(net["sizes"][-1], (rows // size,))
    # Batches are views made ahead.
    batches = list(zip(x.split(net["batch"] // size), y.split(net["batch"] // size)))

    answers.write("ready\n")
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            for inputs, targets in batches:
                optimizer.zero_grad()
                loss_of(model(inputs), targets).backward()
                optimizer.step()
        answers.write(f"{(time.perf_counter() - start) * 1000}\n")


if __name__ == "__main__":
    main()
