"""Drift positions of river's detectors on recorded streams. Run: python streaming.py"""

import numpy as np
import river
from river import drift
from river.drift import binary

from common import write

rng = np.random.default_rng(42)


def bits(*parts):
    return np.concatenate([(rng.random(n) < p).astype(int) for n, p in parts])


BINARY = {
    "abrupt": bits((1000, 0.1), (1000, 0.3)),
    "strong": bits((1500, 0.2), (500, 0.6), (800, 0.1)),
    "gradual": (rng.random(3000) < np.linspace(0.05, 0.35, 3000)).astype(int),
    "stable": bits((3000, 0.1)),
}
NUMERIC = {
    "step": np.r_[rng.normal(0, 1, 800), rng.normal(1.5, 1, 800)].round(4),
    "unit": np.r_[rng.beta(2, 8, 1000), rng.beta(5, 5, 600)].round(4),
    "steady": rng.normal(10, 2, 1500).round(4),
}
ON_BITS = {
    "ddm": lambda: binary.DDM(),
    "eddm": lambda: binary.EDDM(),
    "hddmA": lambda: binary.HDDMA(),
    "hddmATwoSided": lambda: binary.HDDMA(two_sided_test=True),
    "hddmW": lambda: binary.HDDMW(),
    "hddmWTwoSided": lambda: binary.HDDMW(two_sided_test=True),
    "pageHinkley": lambda: drift.PageHinkley(),
    "pageHinkleySharp": lambda: drift.PageHinkley(threshold=10, mode="up"),
}
ON_NUMBERS = {
    "pageHinkley": lambda: drift.PageHinkley(),
    "pageHinkleySharp": lambda: drift.PageHinkley(threshold=10, mode="up"),
}


def positions(make, stream):
    detector, found = make(), []
    for i, x in enumerate(stream):
        detector.update(x)
        if detector.drift_detected:
            found.append(i)
    return found


def first_adwin(stream, clock):
    """river starts an empty window after a drift, the paper keeps the recent part: only the first is comparable."""
    detector = drift.ADWIN(clock=clock)
    for i, x in enumerate(stream):
        detector.update(x)
        if detector.drift_detected:
            return {"first": i, "width": int(detector.width), "mean": detector.estimation}
    return {"first": None, "width": int(detector.width), "mean": detector.estimation}


write(
    "streaming.json",
    {
        "binary": {
            name: {
                "stream": "".join(map(str, stream)),
                "drifts": {d: positions(make, stream) for d, make in ON_BITS.items()},
                "adwin": {str(c): first_adwin(stream, c) for c in (1, 32)},
            }
            for name, stream in BINARY.items()
        },
        "numeric": {
            name: {
                "stream": stream,
                "drifts": {d: positions(make, stream) for d, make in ON_NUMBERS.items()},
                "adwin": {str(c): first_adwin(stream, c) for c in (1, 32)},
            }
            for name, stream in NUMERIC.items()
        },
    },
    river=river.__version__,
)
