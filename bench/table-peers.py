"""Scores the defaults of other libraries on one table. bench/tables.mjs calls it:

    python3 bench/table-peers.py train.json test.json target classes|numbers lightgbm,catboost

The files hold rows as arrays of JSON objects, of which columns of words are given as categories. Prints a line of JSON for each
library: its name, scores and CPU seconds. One that is not installed is left out. realmlp and tabm are pytabkit's networks, with two
threads. Measured with lightgbm 4.7.0, xgboost 3.2.0, catboost 1.2.10, pytabkit 1.8.0.
"""

import contextlib
import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score, root_mean_squared_error

warnings.simplefilter("ignore")


def read(path):
    with open(path, encoding="utf-8") as file:
        return pd.DataFrame(json.load(file))


def as_categories(train, test, words):
    train, test = train.copy(), test.copy()
    for name in words:
        categories = pd.CategoricalDtype(sorted(train[name].dropna().astype(str).unique()))
        train[name], test[name] = (part[name].astype(str).astype(categories) for part in (train, test))
    return train, test


def lightgbm(train, y, test, words, is_classes):
    from lightgbm import LGBMClassifier, LGBMRegressor

    train, test = as_categories(train, test, words)
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


def xgboost(train, y, test, words, is_classes):
    from xgboost import XGBClassifier, XGBRegressor

    train, test = as_categories(train, test, words)
    if not is_classes:
        return XGBRegressor(random_state=0, enable_categorical=True).fit(train, y), test
    classes = np.unique(y)
    model = XGBClassifier(random_state=0, enable_categorical=True).fit(train, np.searchsorted(classes, y))
    return WithClasses(model, classes), test


class WithClasses:
    """XGBoost takes numbers of classes alone."""

    def __init__(self, model, classes):
        self.classes_, self.predict_proba = classes, model.predict_proba


def realmlp(train, y, test, words, is_classes):
    from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

    return network(RealMLP_TD_Classifier if is_classes else RealMLP_TD_Regressor, train, y, test, words)


def tabm(train, y, test, words, is_classes):
    from pytabkit import TabM_D_Classifier, TabM_D_Regressor

    return network(TabM_D_Classifier if is_classes else TabM_D_Regressor, train, y, test, words)


def network(kind, train, y, test, words):
    train, test = as_categories(train, test, words)
    return kind(device="cpu", random_state=0, n_threads=2).fit(train, y, cat_col_names=list(words)), test


def scores_of(model, test, y, is_classes):
    if not is_classes:
        return {"rmse": root_mean_squared_error(y, model.predict(test))}
    classes, found = np.unique(y), model.predict_proba(test)
    labels = np.asarray(model.classes_)[found.argmax(axis=1)]
    scores = {"accuracy": accuracy_score(y, labels)}
    if set(classes) <= set(model.classes_):
        scores["log loss"] = log_loss(y, found, labels=list(model.classes_))
    if len(model.classes_) == 2:
        scores["auc"] = roc_auc_score(y == model.classes_[1], found[:, 1])
    elif len(classes) == len(model.classes_):
        scores["auc"] = roc_auc_score(y, found, multi_class="ovr")
    return scores


libraries = {fit.__name__: fit for fit in (lightgbm, xgboost, catboost, realmlp, tabm)}


def main(train_path, test_path, target, kind, names):
    unknown = [name for name in names.split(",") if name not in libraries]
    if unknown:
        sys.exit(f"Unknown: {', '.join(unknown)}. There are {', '.join(libraries)}.")
    train, test = read(train_path), read(test_path)
    is_classes = kind == "classes"
    y, yt = (part.pop(target) for part in (train, test))
    if is_classes:
        y, yt = y.astype(str), yt.astype(str)
    words = [name for name in train if not pd.api.types.is_numeric_dtype(train[name])]
    for name in names.split(","):
        begin = time.process_time()
        # Lines of the library itself are no scores.
        with contextlib.redirect_stdout(sys.stderr):
            try:
                model, rows = libraries[name](train, y, test, words, is_classes)
            except ModuleNotFoundError as error:
                print(f"{name} is left out: {error}")
                continue
            seconds, scores = time.process_time() - begin, scores_of(model, rows, yt, is_classes)
        print(json.dumps({"name": name, "cpu": seconds, "scores": scores}))


if __name__ == "__main__":
    main(*sys.argv[1:])
