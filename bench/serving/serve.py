"""Serves a model by FastAPI: serve.py onnx MODEL.onnx PORT, or serve.py sklearn TRAIN.csv PORT."""

import sys

import uvicorn
from fastapi import FastAPI

kind, path, port = sys.argv[1:]
app = FastAPI()
numbers = ["age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week"]

if kind == "onnx":
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    types = {i.name: object if "string" in i.type else np.float64 if "double" in i.type else np.float32 for i in session.get_inputs()}

    @app.post("/predict")
    def predict(row: dict):
        inputs = {name: np.array([[row[name]]], dtype=kind) for name, kind in types.items()}
        label, probabilities = session.run(None, inputs)
        return {"prediction": label[0], "probabilities": probabilities[0].tolist()}

else:
    import pandas
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = pandas.read_csv(path)
    y = table.pop("income")
    words = [name for name in table.columns if name not in numbers]
    table[words] = table[words].fillna("")
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers), (OneHotEncoder(handle_unknown="ignore"), words)
    )
    model = make_pipeline(columns, MLPClassifier(hidden_layer_sizes=(128, 128), max_iter=3)).fit(table, y)

    @app.post("/predict")
    def predict(row: dict):
        probabilities = model.predict_proba(pandas.DataFrame([row]))[0]
        return {"prediction": model.classes_[probabilities.argmax()], "probabilities": probabilities.tolist()}


uvicorn.run(app, port=int(port), log_level="error", access_log=False)
