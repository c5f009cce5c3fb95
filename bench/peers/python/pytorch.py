"""PyTorch, as fast as plain PyTorch on the CPU goes: batches are views made ahead, Adam is fused (a fused SGD is no faster)."""

import itertools
import math

import torch
from torch import nn

VERSION = torch.__version__
HIDDEN = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def set_threads(count):
    torch.set_num_threads(count)


def make_net(sizes, hidden):
    layers = []
    for width, following in itertools.pairwise(sizes):
        layers += [nn.Linear(width, following), HIDDEN[hidden]()]
    return nn.Sequential(*layers[:-1])


def make_optimizer(name, parameters, rate):
    if name == "adam":
        return torch.optim.Adam(parameters, lr=rate, fused=True)
    return torch.optim.SGD(parameters, lr=rate)


class Session:
    least_steps = 1
    predicting = staticmethod(torch.inference_mode)

    def __init__(self, case, x, y):
        net = case["net"]
        output = net.get("output", "softmax")
        self.model = make_net(net["sizes"], net["hidden"])
        self.loss = {"sigmoid": nn.BCEWithLogitsLoss, "softmax": nn.CrossEntropyLoss, "linear": nn.MSELoss}[output]()
        self.optimizer = make_optimizer(case["optimizer"], self.model.parameters(), case["rate"])
        self.activate = {
            "sigmoid": torch.sigmoid,
            "softmax": lambda logits: torch.softmax(logits, 1),
            "linear": lambda outputs: outputs,
        }[output]
        targets = torch.from_numpy(y)
        targets = {"sigmoid": targets.float()[:, None], "softmax": targets.long(), "linear": targets}[output]
        self.batches = list(zip(torch.from_numpy(x).split(net["batch"]), targets.split(net["batch"])))
        self.at = 0

    def loss_of(self, x, y):
        return self.loss(self.model(x), y)

    def train(self, steps):
        count = math.ceil(steps)
        loss_of, optimizer, batches = self.loss_of, self.optimizer, self.batches
        for at in range(self.at, self.at + count):
            x, y = batches[at % len(batches)]
            optimizer.zero_grad()
            loss_of(x, y).backward()
            optimizer.step()
        self.at += count
        return count

    def make_row(self, numbers):
        return torch.as_tensor(numbers, dtype=torch.float32)[None]

    def predict(self, row):
        return self.activate(self.model(row))

    def outputs(self, prediction):
        return prediction[0].tolist()

    def set_weights(self, tensors):
        with torch.no_grad():
            for parameter, tensor in zip(self.model.parameters(), tensors):
                parameter.copy_(torch.from_numpy(tensor).T)
        self.optimizer.state.clear()
