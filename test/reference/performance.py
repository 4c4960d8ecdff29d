"""Performance metrics by scikit-learn, and performance estimated without labels by NannyML, on decisions given as counts.

Run: python performance.py, where nannyml is installed.
Scores are the middles of hundredths, so that binning them loses nothing.
"""
import numpy as np
import pandas as pd
import sklearn
from sklearn import metrics as m

from common import write

rng = np.random.default_rng(20_261_123)


def binary(n, shift, twist):
    """Scores from a mixture, labels from a miscalibrated truth: P(1 | s) = s^twist."""
    raw = rng.beta(1.2 + shift, 2.2, n)
    score = (np.clip(np.floor(raw * 100), 0, 99) + 0.5) / 100
    label = (rng.random(n) < score**twist).astype(int)
    return score, (score >= 0.5).astype(int), label


def binary_metrics(score, predicted, label):
    return {
        "accuracy": m.accuracy_score(label, predicted),
        "precision": m.precision_score(label, predicted),
        "recall": m.recall_score(label, predicted),
        "f1": m.f1_score(label, predicted),
        "roc_auc": m.roc_auc_score(label, score),
        "pr_auc": m.average_precision_score(label, score),
        "log_loss": m.log_loss(label, score),
        "brier": m.brier_score_loss(label, score),
    }


def counts(score, predicted, label):
    frame = pd.DataFrame({"score": score, "predicted": predicted, "label": label})
    grouped = frame.groupby(["score", "predicted", "label"]).size()
    return [[round(float(s), 4), int(p), int(y), int(n)] for (s, p, y), n in grouped.items()]


def multiclass():
    truth = rng.integers(0, 3, 400)
    wrong = rng.integers(0, 3, 400)
    value = np.where(rng.random(400) < 0.7, truth, wrong)
    grouped = pd.DataFrame({"value": value, "truth": truth}).groupby(["value", "truth"]).size()
    return {
        "counts": [[int(v), int(t), int(n)] for (v, t), n in grouped.items()],
        "metrics": {
            "accuracy": m.accuracy_score(truth, value),
            "precision": m.precision_score(truth, value, average="macro"),
            "recall": m.recall_score(truth, value, average="macro"),
            "f1": m.f1_score(truth, value, average="macro"),
        },
    }


def regression():
    truth = np.round(rng.normal(50, 12, 40), 2)
    predicted = np.round(truth + rng.normal(1.5, 4, 40), 2)
    return {
        "pairs": [[float(p), float(t)] for p, t in zip(predicted, truth)],
        "metrics": {
            "mae": m.mean_absolute_error(truth, predicted),
            "rmse": float(np.sqrt(m.mean_squared_error(truth, predicted))),
            "mape": m.mean_absolute_percentage_error(truth, predicted),
            "r2": m.r2_score(truth, predicted),
        },
    }


def nannyml_cbpe(reference, current):
    import nannyml as nml

    def frame(rows):
        score, predicted, label = rows
        return pd.DataFrame({"score": score, "predicted": predicted, "label": label})

    names = ["accuracy", "precision", "recall", "f1", "roc_auc"]
    estimator = nml.CBPE(
        metrics=names,
        y_pred_proba="score",
        y_pred="predicted",
        y_true="label",
        problem_type="classification_binary",
        chunk_number=1,
    )
    estimator.fit(frame(reference))
    result = estimator.estimate(frame(current)).filter(period="analysis").to_df()
    return {
        "version": nml.__version__,
        "estimates": {name: float(result[(name, "value")].iloc[0]) for name in names},
    }


def main():
    reference = binary(20_000, 0, 1.3)
    current = binary(20_000, 0.8, 1.3)
    out = {
        "reference": counts(*reference),
        "current": counts(*current),
        "metrics": {"reference": binary_metrics(*reference), "current": binary_metrics(*current)},
        "cbpe": nannyml_cbpe(reference, current),
        "multiclass": multiclass(),
        "regression": regression(),
    }
    write("performance.json", out, sklearn=sklearn.__version__, nannyml=out["cbpe"]["version"])


main()
