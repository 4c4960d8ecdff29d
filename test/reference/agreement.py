"""Agreement and calibration by scikit-learn, statsmodels and krippendorff. Run: python agreement.py"""

import krippendorff
import numpy as np
import sklearn
import statsmodels
from sklearn.metrics import brier_score_loss, cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from common import write

rng = np.random.default_rng(3)
a = rng.integers(0, 4, 200)
b = np.where(rng.random(200) < 0.6, a, rng.integers(0, 4, 200))
table = np.zeros((4, 4), int)
np.add.at(table, (a, b), 1)

# Fleiss (1971), table 1 of the Wikipedia example: 10 items, 14 raters, 5 categories, kappa 0.210.
fleiss = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]
# Unequal numbers of ratings per item, one item rated once.
missing = [[3, 0, 0], [2, 1, 0], [0, 2, 0], [0, 1, 2], [1, 0, 0], [0, 0, 4], [1, 1, 0]]

p = rng.beta(2, 3, 500).round(3)
y = (rng.random(500) < p**1.4).astype(int)
edges = np.minimum((p * 10).astype(int), 9)
ece = sum((edges == k).mean() * abs(p[edges == k].mean() - y[edges == k].mean()) for k in range(10) if (edges == k).any())

write(
    "agreement.json",
    {
        "cohen": {
            "table": table,
            "none": cohen_kappa_score(a, b),
            "linear": cohen_kappa_score(a, b, weights="linear"),
            "quadratic": cohen_kappa_score(a, b, weights="quadratic"),
        },
        "fleiss": {"ratings": fleiss, "value": fleiss_kappa(np.array(fleiss))},
        "krippendorff": {
            "ratings": missing,
            "value": krippendorff.alpha(value_counts=np.array(missing), level_of_measurement="nominal"),
        },
        "brier": {"probabilities": p, "outcomes": y, "score": brier_score_loss(y, p), "ece": ece},
    },
    sklearn=sklearn.__version__,
    statsmodels=statsmodels.__version__,
)
