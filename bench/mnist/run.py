"""One run of bench/mnist.mjs by PyTorch: python3 run.py <folder> <recipe as JSON>; prints what it took as JSON.

The clock starts when PyTorch is imported.
"""

import gzip
import itertools
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path.append(str(Path(__file__).parent.parent / "peers" / "python"))
from peak_memory import peak_megabytes  # noqa: E402


def read(folder, part):
    def content(kind, skip):
        return np.frombuffer(gzip.open(folder / f"{part}-{kind}-ubyte.gz").read(), np.uint8, offset=skip)

    pixels = torch.from_numpy(content("images-idx3", 16).reshape(-1, 784).astype(np.float32)).div_(255)
    return pixels, torch.from_numpy(content("labels-idx1", 8).astype(np.int64))


def main(folder, recipe):
    torch.set_num_threads(recipe["threads"])
    torch.manual_seed(recipe["seed"])
    start = time.perf_counter()
    x, y = read(folder, "train")
    xt, yt = read(folder, "t10k")
    loaded = time.perf_counter()
    layers = []
    for width, following in itertools.pairwise([784, *recipe["hidden"], 10]):
        layers += [nn.Linear(width, following), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe["rate"], fused=True)
    loss = nn.CrossEntropyLoss()
    steps = recipe["epochs"] * -(-len(x) // recipe["batch"])
    step = 0
    accuracy = []
    while len(accuracy) < recipe["epochs"] and not (accuracy and accuracy[-1] >= recipe["goal"]):
        for rows in torch.randperm(len(x)).split(recipe["batch"]):
            optimizer.param_groups[0]["lr"] = recipe["rate"] * (1 - step / steps)
            step += 1
            optimizer.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
        with torch.inference_mode():
            accuracy.append((model(xt).argmax(1) == yt).float().mean().item())
    end = time.perf_counter()
    result = {
        "seconds": end - start,
        "trainSeconds": end - loaded,
        "accuracy": accuracy,
        "peakMB": peak_megabytes(),
    }
    print(json.dumps(result))


main(Path(sys.argv[1]), json.loads(sys.argv[2]))
