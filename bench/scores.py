"""Prepares the tables of a data folder for networks, and scores scikit-learn's on them.

    python3 bench/scores.py [--prepare] ../shared/data .cache/scores [name ...]

For each table writes, under the second folder, what both libraries are given (x and y of the training and the test rows as
float32 or int32 numbers, with their shapes in prepared.json) and the test scores of scikit-learn's default MLP for the seeds
0, 1 and 2 (none with --prepare). bench/scores.mjs reads them. Needs scikit-learn and numpy (measured with scikit-learn 1.9.1).

Preparation, learned on the training rows: missing numbers become the median; numbers are standardised; categories become
one column each, missing ones a category of their own, unknown ones none; words of a text are counted in 1,024 bins by
their crc32, as log(1 + count), and standardised; pixels are divided by 255. Targets of regressions are standardised, and
predictions put back.
"""

import csv
import gzip
import json
import re
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, root_mean_squared_error
from sklearn.neural_network import MLPClassifier, MLPRegressor

warnings.simplefilter("ignore")
SEEDS = (0, 1, 2)
IMAGES = ("mnist", "fashion-mnist")
SMALL_FIRST = ["iris", "penguins", "wine", "mpg", "diabetes", "breast-cancer", "titanic", "digits", "abalone", "ames",
               "phoneme", "wine-quality", "sms-spam", "letter", "california-housing", "adult", "diamonds", "fashion-mnist",
               "mnist"]


def read_csv(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_idx(path):
    data = gzip.open(path).read()
    dims = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(dims)).reshape(dims[0], -1)


def images(folder):
    parts = [read_idx(folder / f"{kind}-{what}-ubyte.gz") for kind in ("train", "t10k") for what in ("images-idx3", "labels-idx1")]
    return parts[0] / 255, parts[1][:, 0], parts[2] / 255, parts[3][:, 0], True


def standard(train, test):
    mean, std = train.mean(0), train.std(0)
    std[std == 0] = 1
    return (train - mean) / std, (test - mean) / std


def column(kind, train, test):
    if kind == "text":
        def count(texts):
            table = np.zeros((len(texts), 1024))
            for row, text in enumerate(texts):
                for word in re.findall(r"\w+", text.lower()):
                    table[row, zlib.crc32(word.encode()) % 1024] += 1
            return np.log1p(table)
        return standard(count(train), count(test))
    if kind == "numeric":
        middle = np.median([float(v) for v in train if v != ""])
        fill = lambda values: np.array([[float(v) if v != "" else middle] for v in values])
        return standard(fill(train), fill(test))
    levels = sorted(set(train))
    one_hot = lambda values: np.array([[float(v == level) for level in levels] for v in values])
    return one_hot(train), one_hot(test)


def table(folder):
    meta = json.loads((folder / "meta.json").read_text())
    if "test_index" in meta:
        rows = read_csv(folder / meta["files"][0])
        held = set(json.loads((folder / "test_index.json").read_text()))
        train, test = [r for i, r in enumerate(rows) if i not in held], [r for i, r in enumerate(rows) if i in held]
    else:
        train, test = (read_csv(folder / f"{part}.csv.gz") for part in ("train", "test"))
    pairs = [column(c["type"], [r[c["name"]] for r in train], [r[c["name"]] for r in test])
             for c in meta["columns"] if c.get("role") == "feature"]
    x, xt = (np.hstack([pair[k] for pair in pairs]) for k in (0, 1))
    y, yt = ([r[meta["target"]] for r in part] for part in (train, test))
    if meta["task"] == "regression":
        return x, np.array(y, float), xt, np.array(yt, float), False
    names = {name: k for k, name in enumerate(sorted(set(y)))}
    return x, np.array([names[v] for v in y]), xt, np.array([names.get(v, -1) for v in yt]), True


def main(data, out, names, fits):
    for name in names or SMALL_FIRST:
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        x, y, xt, yt, classes = images(data / name) if name in IMAGES else table(data / name)
        x, xt = x.astype(np.float32), xt.astype(np.float32)
        mean, std = (0, 1) if classes else (y.mean(), y.std())
        target = y if classes else ((y - mean) / std).astype(np.float32)
        for part, values in (("x", x), ("xt", xt), ("y", target.astype(np.int32 if classes else np.float32))):
            (folder / part).write_bytes(np.ascontiguousarray(values).tobytes())
        (folder / "yt").write_bytes((yt.astype(np.int32) if classes else yt.astype(np.float64)).tobytes())
        info = {"rows": len(x), "columns": x.shape[1], "classes": bool(classes), "mean": float(mean), "std": float(std)}
        (folder / "prepared.json").write_text(json.dumps(info))
        if not fits:
            continue
        scores = []
        for seed in SEEDS:
            if classes:
                found = MLPClassifier(random_state=seed).fit(x, target).predict(xt)
                scores.append(float(accuracy_score(yt, found)))
            else:
                found = MLPRegressor(random_state=seed).fit(x, target).predict(xt) * std + mean
                scores.append(float(root_mean_squared_error(yt, found)))
        (folder / "sklearn.json").write_text(json.dumps(scores))
        print(name, x.shape, scores, flush=True)


given = [word for word in sys.argv[1:] if word != "--prepare"]
main(Path(given[0]), Path(given[1]), given[2:], "--prepare" not in sys.argv)
