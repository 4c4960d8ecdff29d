# The same two files through Evidently's data drift preset on its defaults, for bench/drift/main.ts.
# Prints one JSON line: seconds for reading, seconds for the report, columns that drifted, the version.
import json
import sys
import time

import evidently
import pandas
from evidently import Report
from evidently.presets import DataDriftPreset

started = time.perf_counter()
reference = pandas.read_parquet(sys.argv[1])
current = pandas.read_parquet(sys.argv[2])
read = time.perf_counter()
snapshot = Report([DataDriftPreset()]).run(current, reference)
result = snapshot.dict()
if len(sys.argv) > 3:
    snapshot.save_html(sys.argv[3])
done = time.perf_counter()
drifted = [
    metric["value"]["count"]
    for metric in result["metrics"]
    if isinstance(metric.get("value"), dict) and "count" in metric["value"]
]
print(
    json.dumps(
        {
            "readSeconds": read - started,
            "reportSeconds": done - read,
            "drifted": drifted[0] if drifted else None,
            "version": evidently.__version__,
        }
    )
)
