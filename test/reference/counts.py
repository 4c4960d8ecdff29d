"""Binned-count statistics by scipy, and by their formula in 40 digits where scipy has none. Run: python counts.py"""

import mpmath as mp
import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

from common import write

mp.mp.dps = 40
rng = np.random.default_rng(20261122)
CASES = {
    "plain": ([10, 20, 30, 40], [20, 20, 20, 40]),
    "one-sided-bins": ([50, 0, 30, 20, 0], [0, 40, 30, 0, 0]),
    "disjoint": ([5, 5, 0, 0], [0, 0, 3, 7]),
    "unequal-sizes": (rng.poisson(40, 20).tolist(), rng.poisson(400, 20).tolist()),
    "zipf": (
        rng.multinomial(1000, 1 / np.arange(1, 21) / (1 / np.arange(1, 21)).sum()).tolist(),
        rng.multinomial(700, 1 / np.arange(1, 21) ** 1.25 / (1 / np.arange(1, 21) ** 1.25).sum()).tolist(),
    ),
    "two-bins": ([12, 88], [25, 75]),
}


def psi(r, c, floor):
    n, m = sum(r), sum(c)
    total = mp.mpf(0)
    for a, b in zip(r, c):
        p, q = max(mp.mpf(a) / n, mp.mpf(floor)), max(mp.mpf(b) / m, mp.mpf(floor))
        total += (q - p) * mp.log(q / p)
    return float(total)


def one(r, c):
    rr, cc = np.array(r, float), np.array(c, float)
    p, q = rr / rr.sum(), cc / cc.sum()
    seen = (rr + cc) > 0
    table = np.array([rr[seen], cc[seen]])
    chi = stats.chi2_contingency(table, correction=False)
    yates = stats.chi2_contingency(table, correction=True)
    g = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    d = np.abs(np.cumsum(p) - np.cumsum(q)).max()
    en = rr.sum() * cc.sum() / (rr.sum() + cc.sum())
    edges = np.arange(len(r) + 1) ** 1.5
    grid = np.linspace(edges[0], edges[-1], 4_000_001)
    gap = np.abs(np.interp(grid, edges, np.r_[0, np.cumsum(p)]) - np.interp(grid, edges, np.r_[0, np.cumsum(q)]))
    return {
        "reference": r,
        "current": c,
        "psi": psi(r, c, 1e-4),
        "jsDistanceBase2": jensenshannon(p, q, 2),
        "jsDistanceBaseE": jensenshannon(p, q),
        "kl": float(stats.entropy(p, q)),
        "klBase2": float(stats.entropy(p, q, 2)),
        "hellinger": float(np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2)),
        "totalVariation": float(np.abs(p - q).sum() / 2),
        "lInfinity": float(np.abs(p - q).max()),
        "ks": {"statistic": d, "pValue": stats.kstwobign.sf(d * np.sqrt(en))},
        "chiSquare": {"statistic": chi.statistic, "pValue": chi.pvalue, "df": chi.dof},
        "chiSquareYates": {"statistic": yates.statistic, "pValue": yates.pvalue},
        "g": {"statistic": g.statistic, "pValue": g.pvalue},
        "cramersV": stats.contingency.association(table.astype(int), method="cramer"),
        "wassersteinEdges": edges,
        "wasserstein": float(np.trapezoid(gap, grid)),
    }


fisher = []
for a, n, b, m in [(1, 10, 8, 9), (0, 5, 5, 5), (12, 100, 25, 100), (300, 1000, 410, 1100), (0, 10, 0, 20)]:
    r = stats.fisher_exact([[b, m - b], [a, n - a]])
    fisher.append({"reference": [a, n], "current": [b, m], "pValue": r.pvalue})

import statsmodels
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

zs = []
for a, n, b, m in [(12, 100, 25, 100), (300, 1000, 410, 1100), (1, 50, 9, 70)]:
    z, p = proportions_ztest([b, a], [m, n])
    low, high = proportion_confint(b, m, method="wilson")
    zs.append({"reference": [a, n], "current": [b, m], "statistic": z, "pValue": p, "wilson": [low, high]})
P = [0.0003, 0.012, 0.012, 0.04, 0.2, 0.0008, 0.9, 1.0, 0.03, 0.0]
NAMES = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "benjamini_hochberg": "fdr_bh",
    "benjamini_yekutieli": "fdr_by",
}
write(
    "counts.json",
    {
        "cases": {name: one(r, c) for name, (r, c) in CASES.items()},
        "fisher": fisher,
        "proportions": zs,
        "corrections": {
            "pValues": P,
            "adjusted": {ours: multipletests(P, method=theirs)[1] for ours, theirs in NAMES.items()},
        },
        "chiSquareUpperQuantile": [[t, df, stats.chi2.isf(t, df)] for t, df in [(0.05, 9), (1e-6, 19), (0.5, 1)]],
    },
    statsmodels=statsmodels.__version__,
)
