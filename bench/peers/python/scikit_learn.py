"""scikit-learn's MLPClassifier, an epoch by partial_fit at a time, without its penalty; float32 throughout."""

import contextlib

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

VERSION = sklearn.__version__
HIDDEN = {"relu": "relu", "sigmoid": "logistic"}


def set_threads(count):
    threadpool_limits(count)


class Session:
    predicting = contextlib.nullcontext

    def __init__(self, case, x, y):
        net = case["net"]
        self.x, self.y = x, y
        self.least_steps = len(x) // net["batch"]
        self.one = net["sizes"][-1] == 1
        self.model = MLPClassifier(
            net["sizes"][1:-1],
            activation=HIDDEN[net["hidden"]],
            solver=case["optimizer"],
            batch_size=net["batch"],
            learning_rate_init=case["rate"],
            shuffle=case["shuffle"],
            # The work of perceptra: no penalty, no momentum. Its epsilon stands beside moments that are not corrected yet:
            # in the first steps, where it matters, 1e-9 is about what 1e-8 is beside corrected ones.
            alpha=0,
            momentum=0,
            nesterovs_momentum=False,
            epsilon=1e-9,
            random_state=1,
        )
        # Makes the weights.
        classes = np.arange(2 if self.one else net["sizes"][-1])
        self.model.partial_fit(x[: net["batch"]], y[: net["batch"]], classes=classes)

    def train(self, steps):
        epochs = max(1, round(steps / self.least_steps))
        for _ in range(epochs):
            self.model.partial_fit(self.x, self.y)
        return epochs * self.least_steps

    def make_row(self, numbers):
        return np.asarray(numbers, np.float32)[None]

    def predict(self, row):
        return self.model.predict_proba(row)

    def outputs(self, prediction):
        return prediction[0, 1:].tolist() if self.one else prediction[0].tolist()

    def set_weights(self, tensors):
        for own, tensor in zip(self.model.coefs_ + self.model.intercepts_, tensors[::2] + tensors[1::2]):
            own[...] = tensor
        # The next partial_fit makes another: without the moments of the steps so far.
        del self.model._optimizer
