"""scikit-learn's end of bench/cross-validation.mjs: python3 peer.py <pixels> <labels>; answers each JSON line with a JSON line.

The two files hold raw float32 rows of 64 and int32 labels. A line has the parameters of MLPClassifier; the answer, how long
cross_val_score took with a process a core, and its scores; "dtype" says in which numbers it gets the rows, and so computes. The first
one also starts those processes.
"""

import json
import os
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPClassifier

# What libraries print must not pass for an answer.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
# Whoever reaches max_iter says so in processes of its own too.
os.environ["PYTHONWARNINGS"] = "ignore"
warnings.simplefilter("ignore")

x = np.fromfile(sys.argv[1], np.float32).reshape(-1, 64)
y = np.fromfile(sys.argv[2], np.int32)
answers.write(json.dumps({"version": sklearn.__version__}) + "\n")
for line in sys.stdin:
    parameters = json.loads(line)
    rows = x.astype(parameters.pop("dtype"))
    model = MLPClassifier(**parameters)
    start = time.perf_counter()
    scores = cross_val_score(model, rows, y, cv=5, n_jobs=-1)
    answers.write(json.dumps({"seconds": time.perf_counter() - start, "scores": scores.tolist()}) + "\n")
