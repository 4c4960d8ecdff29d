// What one decision costs the service that makes it: node bench/sdk/main.ts
// The stock OpenTelemetry SDK with its batch processor; the exporter answers at once, so that only this side is measured.
// Exit code 1 when the budget is missed.
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createDecisions } from '../../sdk/index.ts';

const BUDGET_MICROSECONDS = 50;
const ROUNDS = 20;
const PER_ROUND = 5_000;

/** ExportResultCode.SUCCESS, of a package that is not ours to import. */
const SUCCESS = 0;
const exporter = {
  export: (_spans: unknown, done: (result: { code: number }) => void) => done({ code: SUCCESS }),
  shutdown: async () => undefined,
};
const processor = new BatchSpanProcessor({ exporter, maxQueueSize: 2 * PER_ROUND, maxExportBatchSize: 512 });
const provider = new TracerProvider({ spanProcessors: [processor] });
const tracer = provider.getTracer('bench');
const { decision } = createDecisions({ tracer });

const FEATURES = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`f${i}`, i % 4 === 3 ? `category ${i}` : i / 7]),
);
const SPAN_FEATURES = Object.fromEntries(
  Object.entries(FEATURES).map(([name, value]) => [`leeway.decision.feature.${name}`, value]),
);

const withSdk = (i: number): void => {
  const d = decision('bench', { id: `d-${i}`, model: { name: 'm', version: 'v1' } });
  d.features(FEATURES).score(0.5).policy('p', '1').value('approve').end();
};
/** The same by hand on the OpenTelemetry API: what the SDK is measured against. */
const byHand = (i: number): void => {
  const span = tracer.startSpan('decide bench');
  span.setAttributes({
    'leeway.decision.value': 'approve',
    'leeway.decision.id': `d-${i}`,
    'leeway.decision.system': 'bench',
    'leeway.decision.actor': 'ai',
    'leeway.decision.route': 'auto',
    'leeway.decision.model.name': 'm',
    'leeway.decision.model.version': 'v1',
    'leeway.decision.policy.name': 'p',
    'leeway.decision.policy.version': '1',
    'leeway.decision.score': 0.5,
    ...SPAN_FEATURES,
  });
  span.end();
};

/** CPU microseconds of this thread, each round's mean, sorted: what others do on the machine is not counted; export runs between rounds and is not counted. */
async function measure(decide: (i: number) => void): Promise<number[]> {
  const rounds: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const before = process.threadCpuUsage();
    for (let i = 0; i < PER_ROUND; i++) decide(i);
    const { user, system } = process.threadCpuUsage(before);
    const microseconds = (user + system) / PER_ROUND;
    await provider.forceFlush();
    // Two rounds to warm up.
    if (round >= 0) rounds.push(microseconds);
  }
  return rounds.sort((a, b) => a - b);
}

const hand = await measure(byHand);
const sdk = await measure(withSdk);
await provider.shutdown();
const at = (sorted: number[], share: number): number =>
  sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
const line = (name: string, sorted: number[]): string =>
  `  ${name.padEnd(34)} median ${at(sorted, 0.5).toFixed(1)} µs, slowest of ${ROUNDS} rounds ${at(sorted, 1).toFixed(1)} µs`;
console.log('One decision with 20 features, ended, without export');
console.log(line('by hand on the OpenTelemetry API', hand));
console.log(line('leeway/sdk', sdk));
const met = at(sdk, 0.5) <= BUDGET_MICROSECONDS;
console.log(
  `  ${met ? 'met   ' : 'MISSED'} budget of ${BUDGET_MICROSECONDS} µs; ${(at(sdk, 0.5) / at(hand, 0.5)).toFixed(2)} × by hand`,
);
process.exitCode = met ? 0 : 1;
