"""Other tools' numbers from the same counts. popmon's own functions; Evidently and deepchecks by their published rule,
since both bin raw values themselves. Run: python compat.py <popmon's comparisons.py>"""

import importlib.util
import sys
import types

import numpy as np
from scipy.spatial.distance import jensenshannon

from common import write

# popmon's module needs its registry only to register: an empty stand-in lets it load without the whole package.
registry = types.ModuleType("popmon.base.registry")
registry.Registry = lambda *_, **__: types.SimpleNamespace(register=lambda *_, **__: lambda f: f)
sys.modules.update({"popmon": types.ModuleType("popmon"), "popmon.base": types.ModuleType("popmon.base")})
sys.modules["popmon.base.registry"] = registry
spec = importlib.util.spec_from_file_location("comparisons", sys.argv[1])
popmon = importlib.util.module_from_spec(spec)
spec.loader.exec_module(popmon)

CASES = {
    "plain": ([10, 20, 30, 40], [20, 20, 20, 40]),
    "one-sided-bins": ([50, 0, 30, 20, 0], [0, 40, 30, 0, 0]),
    "rare-bins": ([99_995, 5, 0], [60_000, 0, 3]),
}


def filled(p):
    """Evidently 0.7, legacy stattests: empty becomes 1e-4, or min/1e6 where the least filled share is <= 1e-4."""
    least = p[p > 0].min()
    return np.where(p == 0, least / 1e6 if least <= 1e-4 else 1e-4, p)


def psi(p, q):
    return float(((q - p) * np.log(q / p)).sum())


def one(r, c):
    p, q = np.array(r) / np.sum(r), np.array(c) / np.sum(c)
    return {
        "reference": r,
        "current": c,
        "psi": {
            "evidently": psi(filled(p), filled(q)),
            "popmon": popmon.population_stability_index(p, q),
            "deepchecks": psi(np.maximum(p, 0.01), np.maximum(q, 0.01)),
        },
        "js": {
            "scipy": jensenshannon(p, q),
            "evidently": jensenshannon(p, q),
            "nannyml": jensenshannon(p, q, base=2),
            "tfdv": jensenshannon(p, q, base=2) ** 2,
            "popmon": popmon.jensen_shannon_divergence(p, q),
        },
    }


write("compat.json", {name: one(r, c) for name, (r, c) in CASES.items()}, popmon="1.4.12")
