import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { type IngestFigures, measure, type Plan } from './ingest/run.ts';

/** `npm run bench [-- --write]`: figures of this machine; with --write into bench/results. */
const PLANS: readonly Plan[] = [
  { workload: 'decisions, OTLP protobuf gzip', perRequest: 500, requests: 600, concurrency: 8 },
  { workload: 'decisions, JSON gzip', perRequest: 500, requests: 300, concurrency: 8 },
  { workload: 'spans, OTLP protobuf gzip', perRequest: 1_000, requests: 400, concurrency: 8 },
  { workload: 'decisions, JSON gzip', perRequest: 1, requests: 4_000, concurrency: 16 },
];

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
const chdb = JSON.parse(readFileSync(join(import.meta.dirname, '../node_modules/chdb/package.json'), 'utf8'));
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGib: Math.round(totalmem() / 1024 ** 3),
  node: process.version,
  chdb: chdb.version,
  leeway: version,
};

console.log(
  `${machine.cores} × ${machine.cpu}, ${machine.memoryGib} GiB, Node ${machine.node}, chDB ${machine.chdb}; the load generator shares the cores.\n`,
);
const figures: IngestFigures[] = [];
await measure(PLANS, (one) => {
  figures.push(one);
  console.log(
    `${one.workload}, ${one.perRequest} per request\n` +
      `  acked (on disk) ${one.ackedPerSecond}/s · stored (queryable) ${one.storedPerSecond}/s · ${one.recordsPerCpuSecond} per CPU second\n` +
      `  ack p50 ${one.ackP50Ms} ms, p99 ${one.ackP99Ms} ms · ${one.wireBytesPerRecord} B on the wire, ${one.diskBytesPerRecord} B in the table · RSS ${one.rssMib} MiB`,
  );
});
if (process.argv.includes('--write')) {
  const directory = join(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'ingest.json'), `${JSON.stringify({ machine, figures }, null, 2)}\n`);
}
