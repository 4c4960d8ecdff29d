"""Shared by the generators: where the JSON goes, and which library versions spoke."""

import json
import math
import pathlib
import platform

import numpy
import scipy

HERE = pathlib.Path(__file__).parent


def plain(value):
    """numpy to JSON; infinities as strings, since JSON has none. NaN is refused: a reference must be a number."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (numpy.integer,)):
        return int(value)
    if isinstance(value, (float, numpy.floating)):
        number = float(value)
        if math.isnan(number):
            raise ValueError("NaN in a reference value")
        return number if math.isfinite(number) else str(number)
    return value


def write(name, data, **versions):
    header = {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        **versions,
    }
    text = json.dumps({"versions": header, **plain(data)}, indent=None, separators=(",", ":"))
    (HERE / name).write_text(text.replace(',"', ',\n"', 3) + "\n")
    print(name, len(text), "bytes")
