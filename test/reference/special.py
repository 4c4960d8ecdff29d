"""Special functions to 30 digits by mpmath. Run: python special.py"""

import mpmath as mp
from mpmath import mpf

from common import write

mp.mp.dps = 40
GAMMA_AT = [1e-3, 0.25, 0.5, 1.5, 3, 7.25, 30, 170.5, 1e4]
SHAPES = [(0.5, 0.1), (0.5, 4), (2.5, 2), (9.5, 12), (9.5, 60), (50, 40), (500, 560), (5000, 5200)]
BETAS = [(0.1, 0.5, 0.5), (0.3, 2, 5), (0.7, 2, 5), (0.99, 30, 3), (0.02, 500, 20000), (0.5, 100, 100)]
T_AT = [(0.1, 1), (2.0, 3), (-1.3, 7.5), (6.5, 30), (40.0, 12), (1.96, 1e6)]
Z_AT = [-3.0, 0.0, 0.5, 1.96, 6.0, 12.0, 30.0]


def kolmogorov(x):
    return 2 * mp.nsum(lambda k: (-1) ** (k - 1) * mp.exp(-2 * k * k * mpf(x) ** 2), [1, mp.inf])


write(
    "special.json",
    {
        "logGamma": [[x, float(mp.loggamma(mpf(x)))] for x in GAMMA_AT],
        "gammaUpper": [[a, x, float(mp.gammainc(mpf(a), mpf(x), mp.inf, regularized=True))] for a, x in SHAPES],
        "gammaLower": [[a, x, float(mp.gammainc(mpf(a), 0, mpf(x), regularized=True))] for a, x in SHAPES],
        "betaLower": [[x, a, b, float(mp.betainc(a, b, 0, mpf(x), regularized=True))] for x, a, b in BETAS],
        "normalSf": [[z, float(mp.erfc(mpf(z) / mp.sqrt(2)) / 2)] for z in Z_AT],
        "studentTwoSided": [
            [t, df, float(mp.betainc(mpf(df) / 2, mpf("0.5"), 0, df / (df + mpf(t) ** 2), regularized=True))]
            for t, df in T_AT
        ],
        "kolmogorovSf": [[x, float(kolmogorov(x))] for x in [0.3, 0.6, 0.9, 1.0, 1.1, 1.358, 2.0, 5.0]],
        "besselKScaled": [
            [nu, q, float(mp.besselk(mpf(nu), mpf(q)) * mp.exp(mpf(q)))]
            for nu, q in [(0.25, 0.01), (0.25, 0.4), (0.25, 5), (0.25, 200), (1, 2)]
        ],
    },
    mpmath=mp.__version__,
)
