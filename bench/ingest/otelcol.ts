import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Target, Usage } from './target.ts';

/** The OpenTelemetry Collector, made by its own builder, for comparison. Nothing else here needs it, or Go. */
const VERSION = '0.162.0';
const BUILD_TIMEOUT_MS = 1_200_000;
const START_TIMEOUT_MS = 20_000;
const RSS_EVERY_MS = 20;
const PAGE_BYTES = 4_096;
/** USER_HZ of Linux. */
const TICKS_PER_SECOND = 100;
const run = promisify(execFile);

const CORE = 'go.opentelemetry.io/collector';
const CONTRIB = 'github.com/open-telemetry/opentelemetry-collector-contrib';
const BUILD = `dist:
  name: otelcol
  output_path: ./build
  version: ${VERSION}
receivers:
  - gomod: ${CORE}/receiver/otlpreceiver v${VERSION}
exporters:
  - gomod: ${CORE}/exporter/debugexporter v${VERSION}
  - gomod: ${CORE}/exporter/otlphttpexporter v${VERSION}
extensions:
  - gomod: ${CONTRIB}/extension/storage/filestorage v${VERSION}
`;

export type Otelcol =
  | { readonly kind: 'ready'; readonly binary: string; readonly version: string }
  | { readonly kind: 'absent'; readonly why: string };

/** The binary that LEEWAY_BENCH_OTELCOL names, or one that is built once, outside the repository. */
export async function findOtelcol(tell: (line: string) => void): Promise<Otelcol> {
  if (process.platform !== 'linux') return { kind: 'absent', why: 'its CPU time is read from /proc' };
  const given = process.env.LEEWAY_BENCH_OTELCOL;
  if (given !== undefined) return { kind: 'ready', binary: given, version: 'as given' };
  const cache = process.env.LEEWAY_BENCH_CACHE ?? join(tmpdir(), 'leeway-bench-cache');
  const directory = join(cache, `otelcol-${VERSION}`);
  const binary = join(directory, 'build', 'otelcol');
  if (existsSync(binary)) return { kind: 'ready', binary, version: VERSION };
  try {
    await run('go', ['version']);
    tell(`building the OpenTelemetry Collector ${VERSION} in ${directory}: minutes, once`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'builder.yaml'), BUILD);
    const args = ['run', `${CORE}/cmd/builder@v${VERSION}`, '--config', 'builder.yaml'];
    await run('go', args, { cwd: directory, timeout: BUILD_TIMEOUT_MS, maxBuffer: 1e8 });
    return { kind: 'ready', binary, version: VERSION };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : String(error);
    return { kind: 'absent', why: `Go cannot build it here: ${why}` };
  }
}

/** `stored`: a persistent queue in front of an exporter that drops. `away`: of one whose far end does not answer. */
export async function startOtelcol(binary: string, store: 'stored' | 'away'): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-otelcol-'));
  const port = await freePort();
  const config = join(directory, 'config.yaml');
  writeFileSync(config, configFor(port, join(directory, 'queue'), store));
  const child = spawn(binary, ['--config', config], { stdio: ['ignore', 'pipe', 'inherit'] });
  let exported = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const [, spans] of text.matchAll(/"spans": (\d+)/g)) exported += Number(spans);
  });
  await until(START_TIMEOUT_MS, () => answers(port));
  const { pid } = child;
  if (pid === undefined) throw new Error('the OpenTelemetry Collector did not start');
  let peakRssBytes = 0;
  const timer = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, rssBytesOf(pid));
  }, RSS_EVERY_MS);
  let expected = 0;
  return {
    port,
    meter: async (): Promise<Usage> => {
      const rssBytes = rssBytesOf(pid);
      const usage = { cpuSeconds: cpuSecondsOf(pid), rssBytes, peakRssBytes };
      peakRssBytes = rssBytes;
      return usage;
    },
    drained: async (records) => {
      expected += records;
      if (store === 'stored') await until(BUILD_TIMEOUT_MS, async () => exported >= expected);
    },
    stop: async () => {
      clearInterval(timer);
      const exited = new Promise((resolve) => child.once('exit', resolve));
      // What waits in its queue is of no use to anyone: it need not try to send it.
      child.kill('SIGKILL');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function configFor(port: number, queue: string, store: 'stored' | 'away'): string {
  const queueSettings = `    sending_queue:
      enabled: true
      storage: file_storage
      queue_size: 100000
      batch: {}`;
  const exporter = store === 'stored' ? 'debug' : 'otlphttp';
  const settings =
    store === 'stored'
      ? '    verbosity: basic\n    use_internal_logger: false'
      : '    endpoint: http://127.0.0.1:9';
  return `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${port}
exporters:
  ${exporter}:
${settings}
${queueSettings}
extensions:
  file_storage:
    directory: ${queue}
    create_directory: true
    fsync: true
service:
  extensions: [file_storage]
  telemetry:
    metrics: { level: none }
    logs: { level: fatal }
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [${exporter}]
`;
}

/** Fields 14 and 15 of /proc/[pid]/stat; the second field, the name, may hold spaces. */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const rssBytesOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );

async function until(timeoutMs: number, isTrue: () => Promise<boolean>): Promise<void> {
  for (const startedMs = performance.now(); !(await isTrue()); ) {
    if (performance.now() - startedMs > timeoutMs)
      throw new Error('the OpenTelemetry Collector takes too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
