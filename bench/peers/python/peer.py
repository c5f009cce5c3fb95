"""The Python end of bench/peers/python.mjs: answers each JSON line with a JSON line.

    python3 bench/peers/python/peer.py pytorch 2

Takes the module that knows the library, and the cores. A module has VERSION, set_threads(count) and Session(case, x, y), which
has least_steps, train(steps) (returns the steps taken), make_row(numbers), predict(row), outputs(prediction) and
set_weights(tensors). ROUNDS is true for one that rounds more coarsely than to float32: its losses are not compared.
"""

import json
import os
import platform
import statistics
import sys
import time
from importlib import import_module

ROWS = 64

# Each way of threading is tried for so long.
TRIAL_SECONDS = 0.1


class Peer:
    def __init__(self, library, cores):
        self.library, self.cores = library, cores

    def session(self, request):
        import numpy as np

        self.library.set_threads(1)
        self.sizes = request["net"]["sizes"]
        x = np.fromfile(request["x"], np.float32).reshape(-1, self.sizes[0])
        values = request["net"].get("output") == "linear"  # else class numbers
        y = np.fromfile(request["y"], np.float32).reshape(len(x), -1) if values else np.fromfile(request["y"], np.int32)
        self.own = self.library.Session(request, x, y)
        self.rows = [self.own.make_row(x[i]) for i in range(min(ROWS, len(x)))]
        return {"leastSteps": self.own.least_steps}

    def tune(self, request):
        """Takes one thread or one a core, whichever is faster here: on small nets, and on a busy machine, that is one."""
        work = (lambda: self.own.train(1)) if request["what"] == "train" else (lambda: self.predict_rows(1))
        times = {threads: self.try_threads(threads, work) for threads in {1, self.cores}}
        threads = min(times, key=times.get)
        self.library.set_threads(threads)
        return {"threads": threads}

    def try_threads(self, threads, work):
        self.library.set_threads(threads)
        work()
        times = []
        while sum(times) < TRIAL_SECONDS:
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    def train(self, request):
        return self.timed(lambda: self.own.train(request["steps"]))

    def predictRows(self, request):
        return self.timed(lambda: self.predict_rows(request["count"]))

    def predict_rows(self, count):
        with self.own.predicting():
            predict, rows = self.own.predict, self.rows
            for i in range(count):
                predict(rows[i % len(rows)])
        return count

    def predict(self, request):
        with self.own.predicting():
            return {"outputs": self.own.outputs(self.own.predict(self.own.make_row(request["row"])))}

    def setWeights(self, request):
        import numpy as np

        flat = np.fromfile(request["weights"], np.float32)
        tensors = []
        for shape in [s for i, o in zip(self.sizes, self.sizes[1:]) for s in ((i, o), (o,))]:
            size = int(np.prod(shape))
            tensors.append(flat[:size].reshape(shape))
            flat = flat[size:]
        self.own.set_weights(tensors)
        return {}

    def memory(self, request):
        from peak_memory import peak_megabytes

        return {"peakMB": peak_megabytes()}

    def dispose(self, request):
        self.own = self.rows = None
        return {}

    def timed(self, work):
        start = time.perf_counter()
        done = work()
        return {"done": done, "elapsed": (time.perf_counter() - start) * 1000}


def settle():
    """Waits, for a second at most, until no thread of this process computes: some spin when their work is done."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        before = time.process_time()
        time.sleep(0.005)
        if time.process_time() - before < 0.001:
            return


def main():
    # What libraries print must not pass for an answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def answer(result):
        answers.write(json.dumps(result) + "\n")

    try:
        import_module("numpy")
        library = import_module(sys.argv[1])
    except ImportError as error:
        return answer({"error": f"{error} (Python {platform.python_version()}; --python names another)"})
    answer({"version": library.VERSION, "rounds": getattr(library, "ROUNDS", False)})
    peer = Peer(library, int(sys.argv[2]))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            result = getattr(peer, request["do"])(request)
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        settle()
        answer(result)


if __name__ == "__main__":
    main()
