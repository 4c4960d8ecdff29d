import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createAuditLog } from '../../store/postgres/audit.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';
import { startPrivatePostgres } from '../../store/postgres/private-server.ts';
import { freshDirectory } from '../support/stores.ts';
import { check } from './frame/checker.ts';
import { ControlWorkload, observeControl } from './frame/control.ts';
import { Oracle } from './frame/oracle.ts';
import { observe, startWholeProduct, type WholeProduct } from './frame/product.ts';
import { FAULTLESS, report, Sometimes } from './frame/report.ts';
import { CHAOS_SEED, type Random, seeded, sized } from './frame/seed.ts';
import { pause, Workload } from './frame/workload.ts';

const KILLS = sized({ ci: 8, nightly: 100 });
const LONGEST_LIFE_MS = 1_500;

const SEEN = [
  'Leeway killed with its Postgres',
  'Leeway killed, its Postgres left running',
  'an ingest request without an answer',
  'an API write without an answer',
  'Postgres recovered from its log',
  'a document applied',
  'the gate turned',
  'a ruling given',
] as const;
type Seen = (typeof SEEN)[number];

async function life(product: WholeProduct, oracle: Oracle, random: Random, sometimes: Sometimes<Seen>) {
  const { counts } = oracle;
  const [unanswered, controlUnanswered, acked] = [
    counts.unanswered,
    counts.controlUnanswered,
    counts.acknowledged + counts.controlAcknowledged,
  ];
  const untilMs = performance.now() + random() * LONGEST_LIFE_MS;
  while (performance.now() < untilMs || counts.acknowledged + counts.controlAcknowledged === acked)
    await pause(2);
  const alone = random() < 1 / 3;
  await (alone ? product.killAlone() : product.kill());
  sometimes.saw(alone ? 'Leeway killed, its Postgres left running' : 'Leeway killed with its Postgres');
  // The senders learn of it from their sockets.
  await pause(20);
  if (counts.unanswered > unanswered) sometimes.saw('an ingest request without an answer');
  if (counts.controlUnanswered > controlUnanswered) sometimes.saw('an API write without an answer');
}

/** Postgres' own word, in the log of its latest start. */
const recovered = (dataDir: string): boolean =>
  /not properly shut down/.test(readFileSync(join(dataDir, 'postgres.log'), 'utf8'));

async function auditIsIntact(dataDir: string): Promise<boolean> {
  const server = await startPrivatePostgres({ dataDir: join(dataDir, 'postgres') });
  const db = connectPostgres({ url: server.url });
  try {
    return (await createAuditLog(db).verify()).intact;
  } finally {
    await db.close();
    await server.stop();
  }
}

it(`loses nothing that was acknowledged through ${KILLS} kills of all of Leeway, Postgres and people at work included`, async () => {
  const directory = freshDirectory('kill-all');
  const dataDir = join(directory, 'data');
  const random = seeded(CHAOS_SEED, 'kill all');
  const oracle = new Oracle(join(directory, 'oracle.jsonl'));
  const sometimes = new Sometimes(SEEN);
  let product: WholeProduct | undefined;
  const workload = new Workload({
    ...{ seed: CHAOS_SEED, senders: 2, oracle, pauseMs: 5 },
    door: () => product?.ingestUrl,
  });
  const control = new ControlWorkload({ seed: CHAOS_SEED, oracle, door: () => product });
  for (let kill = 0; kill <= KILLS; kill += 1) {
    const started = await startWholeProduct(dataDir);
    if (kill > 0 && recovered(dataDir)) sometimes.saw('Postgres recovered from its log');
    product = started;
    if (kill === KILLS) break;
    await life(started, oracle, random, sometimes);
    product = undefined;
  }
  // The last life goes on until people have done everything once.
  while (Object.values(control.done).some((times) => times === 0)) await pause(10);
  await Promise.all([workload.stop(), control.stop()]);
  sometimes.saw('a document applied', control.done.documents);
  sometimes.saw('the gate turned', control.done.gates);
  sometimes.saw('a ruling given', control.done.rulings);
  if (product === undefined) throw new Error('the last start failed');
  const said = await observeControl(product);
  await product.stop();

  const stored = await observe(dataDir, join(directory, 'observed.jsonl'));
  const observed = { ...stored, shown: [...stored.shown, ...said.shown] };
  const verdict = check(oracle, observed);
  report({ title: 'kill all', oracle, observed, verdict, sometimes, faults: { kills: KILLS } });
  oracle.close();
  expect(verdict).toEqual(FAULTLESS);
  expect(said.gateEntries).toBe(said.gateRevision);
  expect(await auditIsIntact(dataDir)).toBe(true);
  expect(sometimes.never()).toEqual([]);
}, 3_600_000);
