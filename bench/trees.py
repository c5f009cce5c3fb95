"""Scores LightGBM's and CatBoost's defaults on one table. bench/tables.mjs calls it:

    python3 bench/trees.py train.json test.json target classes|numbers

The files hold rows as arrays of JSON objects, of which columns of words are given as categories. Prints a line of JSON for each
library: its name, scores and CPU seconds. One that is not installed is left out. Measured with lightgbm 4.7.0, catboost 1.2.10.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, roc_auc_score, root_mean_squared_error

warnings.simplefilter("ignore")


def read(path):
    with open(path, encoding="utf-8") as file:
        return pd.DataFrame(json.load(file))


def lightgbm(train, y, test, words, is_classes):
    from lightgbm import LGBMClassifier, LGBMRegressor

    train, test = train.copy(), test.copy()
    for name in words:
        categories = pd.CategoricalDtype(sorted(train[name].dropna().astype(str).unique()))
        train[name], test[name] = (part[name].astype(str).astype(categories) for part in (train, test))
    model = (LGBMClassifier if is_classes else LGBMRegressor)(verbose=-1, random_state=0)
    # LightGBM takes no names with braces or quotes.
    train.columns = test.columns = [f"c{k}" for k in range(train.shape[1])]
    return model.fit(train, y), test


def catboost(train, y, test, words, is_classes):
    from catboost import CatBoostClassifier, CatBoostRegressor

    train, test = train.copy(), test.copy()
    for name in words:
        train[name], test[name] = (part[name].astype(str).fillna("missing") for part in (train, test))
    model = (CatBoostClassifier if is_classes else CatBoostRegressor)(
        verbose=False, random_seed=0, allow_writing_files=False, cat_features=list(words)
    )
    return model.fit(train, y), test


def scores_of(model, test, y, is_classes):
    if not is_classes:
        return {"rmse": root_mean_squared_error(y, model.predict(test))}
    classes, found = np.unique(y), model.predict_proba(test)
    labels = np.asarray(model.classes_)[found.argmax(axis=1)]
    scores = {"accuracy": accuracy_score(y, labels)}
    if len(model.classes_) == 2:
        scores["auc"] = roc_auc_score(y == model.classes_[1], found[:, 1])
    elif len(classes) == len(model.classes_):
        scores["auc"] = roc_auc_score(y, found, multi_class="ovr")
    return scores


def main(train_path, test_path, target, kind):
    train, test = read(train_path), read(test_path)
    is_classes = kind == "classes"
    y, yt = (part.pop(target) for part in (train, test))
    if is_classes:
        y, yt = y.astype(str), yt.astype(str)
    words = [name for name in train if not pd.api.types.is_numeric_dtype(train[name])]
    for fit in (lightgbm, catboost):
        begin = time.process_time()
        try:
            model, rows = fit(train, y, test, words, is_classes)
        except ImportError:
            continue
        seconds = time.process_time() - begin
        print(json.dumps({"name": fit.__name__, "cpu": seconds, "scores": scores_of(model, rows, yt, is_classes)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
