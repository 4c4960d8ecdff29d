import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ingestReport, lineOf, TITLE } from './ingest/report.ts';
import { runIngestBench } from './ingest/suite.ts';
import { thisCommit, thisMachine } from './machine.ts';

/** `npm run bench [-- --write]`: figures of this machine; with --write into bench/results. */
const machine = thisMachine();
const commit = thisCommit();

console.log(
  `${machine.cores} × ${machine.cpu}, ${machine.memoryGib} GiB, Node ${machine.node}, chDB ${machine.chdb}; the load generator shares the cores.\n\n${TITLE}`,
);
const suite = await runIngestBench(
  (line) => console.log(lineOf(line)),
  (text) => console.log(text),
);
const report = ingestReport(suite);
console.log(`\n${report.text}`);
if (process.argv.includes('--write')) {
  const directory = join(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  const { goals, ratios } = report;
  const result = { date: new Date().toISOString(), commit, machine, goals, ratios, ...suite };
  writeFileSync(join(directory, 'ingest.json'), `${JSON.stringify(result, null, 2)}\n`);
}
