import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { ingestReport, lineOf, TITLE } from './ingest/report.ts';
import { runIngestBench } from './ingest/suite.ts';

/** `npm run bench [-- --write]`: figures of this machine; with --write into bench/results. */
const root = join(import.meta.dirname, '..');
const versionIn = (path: string): string => JSON.parse(readFileSync(join(root, path), 'utf8')).version;
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGib: Math.round(totalmem() / 1024 ** 3),
  node: process.version,
  chdb: versionIn('node_modules/chdb/package.json'),
  leeway: versionIn('package.json'),
};
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();

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
