# The same two files through NannyML's univariate drift calculator in its ten chunks, for bench/drift/main.ts.
# Prints one JSON line: seconds for reading, seconds for the calculation, columns that alerted in any chunk, the version.
import json
import os
import sys
import time

# A measurement tells nobody that it was made.
os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml
import pandas

started = time.perf_counter()
reference = pandas.read_parquet(sys.argv[1])
current = pandas.read_parquet(sys.argv[2])
read = time.perf_counter()
columns = list(reference.columns)
calculator = nannyml.UnivariateDriftCalculator(
    column_names=columns,
    continuous_methods=["kolmogorov_smirnov", "jensen_shannon"],
    categorical_methods=["chi2", "jensen_shannon"],
)
calculator.fit(reference)
result = calculator.calculate(current).filter(period="analysis").to_df()
done = time.perf_counter()
alerts = {
    column
    for column in columns
    for method in result[column].columns.get_level_values(0).unique()
    if bool(result[column][method]["alert"].any())
}
print(
    json.dumps(
        {
            "readSeconds": read - started,
            "reportSeconds": done - read,
            "drifted": len(alerts),
            "version": nannyml.__version__,
        }
    )
)
