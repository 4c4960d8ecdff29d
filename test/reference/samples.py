"""Two-sample statistics by scipy and astropy; KS with ties by dealing out every permutation. Run: python samples.py"""

from itertools import combinations

import astropy
import mpmath as mp
import numpy as np
import sklearn
from astropy.stats import kuiper_two
from scipy import stats
from sklearn.metrics.pairwise import rbf_kernel

from common import write

rng = np.random.default_rng(7)
CASES = {
    "tiny": (rng.normal(size=6).round(3), rng.normal(1, 1, 7).round(3)),
    "small": (rng.normal(size=20).round(4), rng.normal(0.8, 1.3, 30).round(4)),
    "ties": (rng.poisson(3, 40).astype(float), rng.poisson(4, 55).astype(float)),
    "normal": (rng.normal(size=300).round(5), rng.normal(0.2, 1, 250).round(5)),
    "lognormal": (rng.lognormal(size=200).round(5), rng.lognormal(0.1, 1.2, 400).round(5)),
    "same": (rng.normal(size=100).round(5), rng.normal(size=120).round(5)),
    "far-apart": (rng.normal(size=60).round(5), rng.normal(2.5, 1, 60).round(5)),
}


def anderson(samples):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = stats.anderson_ksamp(samples, variant="midrank")
    return result.statistic, result.pvalue


def one(x, y):
    exact = stats.ks_2samp(x, y, method="exact")
    n, m = len(x), len(y)
    cvm = stats.cramervonmises_2samp(x, y, method="asymptotic")
    es = stats.epps_singleton_2samp(x, y)
    # Ours names the current sample's U and corrects towards the middle, as scipy does for either sample.
    mwu = stats.mannwhitneyu(y, x, method="asymptotic", alternative="two-sided")
    welch = stats.ttest_ind(y, x, equal_var=False)
    student = stats.ttest_ind(y, x)
    ad, ad_p = anderson([x, y])
    kuiper_v, _ = kuiper_two(x, y)
    return {
        "reference": x,
        "current": y,
        "hasTies": len(np.unique(np.r_[x, y])) < n + m,
        "ks": {
            "statistic": exact.statistic,
            "exact": exact.pvalue,
            "asymptotic": stats.kstwobign.sf(exact.statistic * np.sqrt(n * m / (n + m))),
            "location": exact.statistic_location,
        },
        "cvm": {"statistic": cvm.statistic, "pValue": cvm.pvalue},
        "es": {"statistic": es.statistic, "pValue": es.pvalue},
        "mannWhitney": {"statistic": mwu.statistic, "pValue": mwu.pvalue},
        "welch": {"statistic": welch.statistic, "pValue": welch.pvalue, "df": welch.df},
        "student": {"statistic": student.statistic, "pValue": student.pvalue},
        "anderson": {"statistic": ad, "pValue": ad_p},
        "energy": stats.energy_distance(x, y),
        "wasserstein": stats.wasserstein_distance(x, y),
        "wassersteinScaled": stats.wasserstein_distance(x, y) / np.std(x),
        "kuiper": {
            "statistic": kuiper_v,
            # Stephens' factor and series, the same tail astropy uses where it is not exact.
            "lambda": (np.sqrt(n * m / (n + m)) + 0.155 + 0.24 / np.sqrt(n * m / (n + m))) * kuiper_v,
        },
    }


def ks_by_enumeration(x, y):
    pooled = np.sort(np.r_[x, y])
    n, m = len(x), len(y)
    ends = np.r_[np.flatnonzero(np.diff(pooled)), n + m - 1]

    def gap(index):
        inside = np.zeros(n + m)
        inside[list(index)] = 1
        i = np.cumsum(inside)[ends]
        j = np.cumsum(1 - inside)[ends]
        return np.abs(i * m - j * n).max()

    order = np.argsort(np.r_[x, y], kind="stable")
    observed = gap(np.flatnonzero(order < n))
    gaps = [gap(index) for index in combinations(range(n + m), n)]
    return np.mean(np.array(gaps) >= observed)


tied = [
    ([1, 1, 2, 2, 3], [2, 3, 3, 3, 4, 4]),
    ([0, 0, 0, 0, 1, 2], [0, 0, 1, 2, 2, 3]),
    ([0, 0, 0], [1, 1, 1, 1]),
]
small = []
for n, m in [(3, 5), (6, 7), (8, 10)]:
    x, y = rng.normal(size=n).round(4), rng.normal(1, 1, m).round(4)
    r = stats.mannwhitneyu(y, x, method="exact")
    small.append({"reference": x, "current": y, "statistic": r.statistic, "pValue": r.pvalue})

three = [rng.normal(size=30).round(4), rng.normal(0.5, 1, 25).round(4), rng.poisson(1, 40).astype(float)]
ad3, ad3_p = anderson(three)

X, Y, gamma = rng.normal(size=(12, 3)).round(4), rng.normal(0.7, 1, (9, 3)).round(4), 0.3
kxx, kyy, kxy = rbf_kernel(X, X, gamma), rbf_kernel(Y, Y, gamma), rbf_kernel(X, Y, gamma)
n, m = len(X), len(Y)
mmd2 = (kxx.sum() - n) / (n * (n - 1)) + (kyy.sum() - m) / (m * (m - 1)) - 2 * kxy.mean()

mp.mp.dps = 30


def cvm_tail(x):
    """1 - F with F the Bessel series of Csorgo & Faraway (1996), eq. 1.2, in 30 digits, so that 1 - F keeps 15."""
    x = mp.mpf(x)

    def term(k):
        y = 4 * k + 1
        q = mp.mpf(y) ** 2 / (16 * x)
        return mp.gamma(k + mp.mpf(1) / 2) / mp.factorial(k) * mp.sqrt(y) * mp.exp(-q) * mp.besselk(mp.mpf(1) / 4, q)

    return float(1 - mp.fsum(term(k) for k in range(80)) / (mp.pi ** mp.mpf(1.5) * mp.sqrt(x)))


write(
    "samples.json",
    {
        "cases": {name: one(x, y) for name, (x, y) in CASES.items()},
        "ksTies": [{"reference": x, "current": y, "pValue": ks_by_enumeration(x, y)} for x, y in tied],
        "mannWhitneyExact": small,
        "andersonThree": {"samples": three, "statistic": ad3, "pValue": ad3_p},
        "cvmLimit": [
            # Anderson & Darling, Ann. Math. Stat. 23 (1952), table 1.
            [0.34730, 0.90],
            [0.46136, 0.95],
            [0.74346, 0.99],
            [1.16786, 0.999],
        ],
        "cvmTail": [[x, cvm_tail(x)] for x in [0.05, 0.3, 0.7, 0.8, 1.5, 4, 6]],
        "mmd": {"reference": X, "current": Y, "gamma": gamma, "statistic": mmd2},
        "kuiperSf": [
            [lam, 2 * sum((4 * j * j * lam**2 - 1) * np.exp(-2 * j * j * lam**2) for j in range(1, 200))]
            for lam in [0.8, 1.2, 1.747, 2.5]
        ],
    },
    astropy=astropy.__version__,
    mpmath=mp.__version__,
    sklearn=sklearn.__version__,
)
