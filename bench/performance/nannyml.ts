import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

/** Confidence-based estimates of the same chunks by NannyML, in an interpreter that has it. */
const PROGRAM = `
import json, sys
import pandas as pd
import nannyml as nml
reference, analysis, label, chunks = sys.argv[1:5]
estimator = nml.CBPE(metrics=["accuracy", "roc_auc"], y_pred_proba="predicted_probability", y_pred="prediction",
    y_true=label, problem_type="classification_binary", chunk_number=int(chunks))
estimator.fit(pd.read_csv(reference))
told = estimator.estimate(pd.read_csv(analysis)).filter(period="analysis").to_df()
print(json.dumps({name: [float(v) for v in told[(name, "value")]] for name in ["accuracy", "roc_auc"]}))
`;
const answer = z.record(z.string(), z.array(z.number()));

export async function nannyml(
  python: string,
  of: {
    readonly referenceFile: string;
    readonly analysisFile: string;
    readonly label: string;
    readonly chunks: number;
  },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const { stdout } = await promisify(execFile)(python, [
    ...['-c', PROGRAM, of.referenceFile, of.analysisFile, of.label, String(of.chunks)],
  ]);
  return new Map(Object.entries(answer.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}'))));
}
