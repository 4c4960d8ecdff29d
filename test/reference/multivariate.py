"""AUC with DeLong's error, logistic regression, PCA reconstruction, Spearman with a jackknife variance, distance of means."""

import numpy
import scipy.stats
import sklearn
from common import write
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

rng = numpy.random.default_rng(20260301)


def delong(negatives, positives):
    """By definition: every pair."""
    psi = (positives[:, None] > negatives[None, :]) + 0.5 * (positives[:, None] == negatives[None, :])
    return numpy.sqrt(psi.mean(axis=1).var(ddof=1) / len(positives) + psi.mean(axis=0).var(ddof=1) / len(negatives))


def aucs():
    out = []
    for n, m, shift, digits in [(40, 60, 0.0, 6), (100, 80, 0.7, 6), (150, 90, 0.4, 0)]:
        x = numpy.round(rng.normal(0, 1, n), digits)
        y = numpy.round(rng.normal(shift, 1, m), digits)
        label = numpy.concatenate([numpy.zeros(n), numpy.ones(m)])
        u = scipy.stats.mannwhitneyu(y, x, alternative="greater", use_continuity=False, method="asymptotic")
        out.append(
            {
                "negatives": x,
                "positives": y,
                "auc": roc_auc_score(label, numpy.concatenate([x, y])),
                "error": delong(x, y),
                "pValue": u.pvalue,
            }
        )
    return out


def logistic():
    x = numpy.round(rng.normal(0, 1, (120, 4)) * [1, 2, 0.5, 1], 4)
    x[rng.random(x.shape) < 0.3] = 0
    y = (x @ [1.0, -0.5, 2.0, 0] + rng.logistic(0, 1, 120) > 0.3).astype(float)
    out = {"rows": x, "labels": y, "fits": []}
    for strength in [0.1, 1.0, 10.0]:
        model = LogisticRegression(C=strength, tol=1e-12, max_iter=10000).fit(x, y)
        out["fits"].append({"strength": strength, "weights": model.coef_[0], "intercept": model.intercept_[0]})
    return out


def pca():
    base = rng.normal(0, 1, (80, 3))
    mix = rng.normal(0, 1, (3, 6))
    x = numpy.round(base @ mix + rng.normal(0, 0.3, (80, 6)), 4)
    new = numpy.round(rng.normal(0, 2, (5, 6)), 4)
    scaler = StandardScaler().fit(x)
    # Divisor n - 1, as a sample's.
    scaler.scale_ = x.std(axis=0, ddof=1)
    model = PCA(n_components=0.65, svd_solver="full").fit(scaler.transform(x))
    z = scaler.transform(new)
    back = model.inverse_transform(model.transform(z))
    return {
        "rows": x,
        "new": new,
        "explained": model.explained_variance_ratio_,
        "errors": numpy.sqrt(((z - back) ** 2).sum(axis=1)),
    }


def jackknife(x, y):
    n = len(x)
    each = numpy.array(
        [scipy.stats.spearmanr(numpy.delete(x, i), numpy.delete(y, i)).statistic for i in range(n)]
    )
    return (n - 1) / n * ((each - each.mean()) ** 2).sum()


def spearmans():
    out = []
    for n, rho, digits in [(400, 0.0, 6), (400, 0.6, 6), (400, 0.9, 6), (400, 0.5, 0)]:
        z = rng.normal(0, 1, (n, 2))
        x = numpy.round(z[:, 0], digits)
        y = numpy.round(rho * z[:, 0] + numpy.sqrt(1 - rho * rho) * z[:, 1], digits)
        out.append({"x": x, "y": y, "rho": scipy.stats.spearmanr(x, y).statistic, "variance": jackknife(x, y)})
    x = numpy.round(rng.uniform(-1, 1, 400), 6)
    y = numpy.round(x * x, 6)
    out.append({"x": x, "y": y, "rho": scipy.stats.spearmanr(x, y).statistic, "variance": jackknife(x, y)})
    return out


def means():
    x = numpy.round(rng.normal(0, 1, (60, 3)), 4)
    y = numpy.round(rng.normal(0.3, 1, (50, 3)), 4)
    gap = y.mean(axis=0) - x.mean(axis=0)
    within = (((x - x.mean(axis=0)) ** 2).sum() + ((y - y.mean(axis=0)) ** 2).sum()) / 110
    return {
        "reference": x,
        "current": y,
        "distance": numpy.sqrt((gap**2).sum()),
        "value": numpy.sqrt((gap**2).sum() / within),
        # Hotelling's T², another test of the same: its p must be of the same size.
        "hotelling": hotelling(x, y),
    }


def hotelling(x, y):
    n, m, d = len(x), len(y), x.shape[1]
    pooled = ((n - 1) * numpy.cov(x.T) + (m - 1) * numpy.cov(y.T)) / (n + m - 2)
    gap = y.mean(axis=0) - x.mean(axis=0)
    t2 = n * m / (n + m) * gap @ numpy.linalg.solve(pooled, gap)
    return scipy.stats.f.sf(t2 * (n + m - d - 1) / (d * (n + m - 2)), d, n + m - d - 1)


write(
    "multivariate.json",
    {"auc": aucs(), "logistic": logistic(), "pca": pca(), "spearman": spearmans(), "means": means()},
    sklearn=sklearn.__version__,
)
