import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../collector/collector.ts';
import type { CollectorEvent } from '../../collector/events.ts';
import type { LedgerEntry } from '../../store/ports/ledger.ts';
import type { Load, TelemetryTable } from '../../store/ports/loads.ts';
import { decisionOf, postJson, until } from '../collector/support.ts';
import { tell } from './frame/report.ts';
import { CHAOS_SEED, type Random, seeded, sized } from './frame/seed.ts';
import { type DiskOptions, ForgetfulDisk } from './power-loss/forgetful-disk.ts';

const SPOOL = '/spool';
/** Small and young segments, so that every step of a segment's life is met often. */
const LIMITS = { segmentBytes: 1_500, segmentAgeMs: 4, commitWindowMs: 1, drainMs: 1 } as const;
const REQUESTS = 12;
const RECORDS_PER_REQUEST = 3;

/** A store that keeps what LoadStore promises: every record once, durable when `load` resolves. */
class DurableStore {
  readonly rows = new Map<string, number>();
  readonly #batches = new Map<string, string[]>();
  readonly ledger = new Map<string, readonly LedgerEntry[]>();

  load(disk: ForgetfulDisk, load: Load): void {
    const ids =
      disk
        .contentOf(load.file)
        .toString('latin1')
        .match(/id-[a-z0-9]+-\d+/g) ?? [];
    const fresh = ids.filter((id) => !this.rows.has(id));
    for (const id of fresh) this.rows.set(id, (this.rows.get(id) ?? 0) + 1);
    this.#batches.set(load.batch, [...(this.#batches.get(load.batch) ?? []), ...fresh]);
  }

  stored(batch: string): number {
    return this.#batches.get(batch)?.length ?? 0;
  }
}

type Life = { readonly collector: Collector; readonly url: string; readonly events: CollectorEvent[] };

async function start(
  disk: ForgetfulDisk,
  store: DurableStore,
  lossAtOperation?: number,
): Promise<Life | undefined> {
  const files = disk.powerOn(lossAtOperation);
  const events: CollectorEvent[] = [];
  const orPowerless = async <T>(work: () => T): Promise<T> => {
    if (disk.isOff()) throw new Error('the power is off');
    return work();
  };
  const collector = createCollector({
    ...{ spoolDirectory: SPOOL, host: '127.0.0.1', port: 0, requireToken: false, limits: LIMITS, files },
    tokens: { verify: async () => undefined },
    loads: {
      load: (load) => orPowerless(() => store.load(disk, load)),
      stored: (_table: TelemetryTable, batch, projects) =>
        orPowerless(() => projects.map((project) => ({ project, minuteMs: 0, stored: store.stored(batch) }))),
    },
    ledger: {
      record: (batch, entries) => orPowerless(() => void store.ledger.set(batch, entries)),
      read: async () => [],
    },
    loaderId: randomUUID(),
    nowMs: Date.now,
    random: Math.random,
    newId: randomUUID,
    emit: (event) => events.push(event),
    onLoaded: () => undefined,
  });
  try {
    const { port } = await collector.start();
    return { collector, url: `http://127.0.0.1:${port}`, events };
  } catch (error) {
    // It lost its power while it started.
    if (!disk.isOff()) throw error;
    return undefined;
  }
}

type Account = { readonly sent: Set<string>; readonly acknowledged: Set<string> };

/** Requests one after the other, and two at a time now and then, until the power goes or all are sent. */
async function send(
  life: Life,
  name: string,
  random: Random,
  account: Account,
  isOff: () => boolean,
): Promise<void> {
  const one = async (request: number): Promise<void> => {
    const ids = Array.from({ length: RECORDS_PER_REQUEST }, (_, at) => `id-${name}-${request * 100 + at}`);
    for (const id of ids) account.sent.add(id);
    const answer = await postJson(
      `${life.url}/v1/decisions`,
      ids.map((id) => decisionOf(id)),
    );
    expect([200, 503]).toContain(answer.status);
    if (answer.status === 200) for (const id of ids) account.acknowledged.add(id);
  };
  for (let request = 0; request < REQUESTS && !isOff(); ) {
    const together = random() < 0.4 ? 2 : 1;
    await Promise.all(Array.from({ length: together }, (_, at) => one(request + at)));
    request += together;
  }
}

type Lost = { readonly lost: string[]; readonly shownTwice: string[]; readonly invented: string[] };
type Run = Lost & {
  /** The power went before everything was done. */
  readonly hit: boolean;
  readonly tails: number;
  readonly recovered: number;
};

/** One life that ends at that operation, one more that may end while it recovers, and a last one that is left alone. */
async function live(lossAtOperation: number, name: string, lies?: DiskOptions['lies']): Promise<Run> {
  const random = seeded(CHAOS_SEED, `${name} ${lossAtOperation}`);
  const disk = new ForgetfulDisk({ random, ...(lies === undefined ? {} : { lies }) });
  const store = new DurableStore();
  const account: Account = { sent: new Set(), acknowledged: new Set() };
  const events: CollectorEvent[] = [];
  let hit = false;
  const lives = [
    { name: 'first', lossAt: lossAtOperation, sends: true },
    { name: 'recovering', lossAt: 1 + Math.floor(random() * 12), sends: false },
    { name: 'last', lossAt: undefined, sends: true },
  ] as const;
  for (const { name: part, lossAt, sends } of lives) {
    const life = await start(disk, store, lossAt);
    if (life) {
      if (sends) await send(life, part, random, account, () => disk.isOff());
      await until(() => disk.isOff() || life.collector.pending().length === 0);
      hit ||= disk.isOff() && part === 'first';
      disk.losePower();
      await life.collector.stop();
      events.push(...life.events);
    } else disk.losePower();
  }
  const count = (kind: CollectorEvent['kind']): number =>
    events.filter((event) => event.kind === kind).length;
  return {
    ...{ hit, tails: count('tail_cut'), recovered: count('recovered') },
    lost: [...account.acknowledged].filter((id) => !store.rows.has(id)),
    shownTwice: [...store.rows].filter(([, times]) => times > 1).map(([id]) => id),
    invented: [...store.rows.keys()].filter((id) => !account.sent.has(id)),
  };
}

/** Lives that are played side by side: most of a life is waiting. */
const AT_ONCE = 8;
/** No life has fewer operations than this: one that ended well before was not hit by chance. */
const LEAST_OPERATIONS = 20;

/** Every operation of a life in turn, until one lives to its end: then all crash points were met. */
async function liveAndDieEverywhere(
  name: string,
  isEnough: (runs: readonly Run[]) => boolean,
  lies?: DiskOptions['lies'],
): Promise<Run[]> {
  const runs: Run[] = [];
  while (!isEnough(runs)) {
    const batch = Array.from({ length: AT_ONCE }, (_, at) => live(runs.length + 1 + at, name, lies));
    runs.push(...(await Promise.all(batch)));
    if (runs.length > LEAST_OPERATIONS && runs.slice(-AT_ONCE).every(({ hit }) => !hit)) break;
  }
  return runs;
}

const sum = (runs: readonly Run[], what: (run: Run) => number): number =>
  runs.reduce((total, run) => total + what(run), 0);

const lostOf = (runs: readonly Run[]): number => sum(runs, ({ lost }) => lost.length);

describe('the spool on a disk that forgets what was not synced', () => {
  it('loses nothing that was acknowledged, whichever operation is the last one', async () => {
    const runs: Run[] = [];
    for (let round = 1; round <= sized({ ci: 1, nightly: 40 }); round += 1)
      runs.push(...(await liveAndDieEverywhere(`round ${round}`, () => false)));
    const table = {
      'crash points': runs.filter(({ hit }) => hit).length,
      lost: lostOf(runs),
      'shown twice': sum(runs, ({ shownTwice }) => shownTwice.length),
      invented: sum(runs, ({ invented }) => invented.length),
      'sometimes: recovered': sum(runs, ({ recovered }) => recovered),
      'sometimes: a tail was cut': sum(runs, ({ tails }) => tails),
    };
    tell('power loss of the spool, in memory', table);
    const nothing = { lost: [], shownTwice: [], invented: [] };
    for (const { lost, shownTwice, invented } of runs)
      expect({ lost, shownTwice, invented }).toEqual(nothing);
    expect(table['crash points']).toBeGreaterThan(LEAST_OPERATIONS);
    expect(table['sometimes: recovered']).toBeGreaterThan(0);
    expect(table['sometimes: a tail was cut']).toBeGreaterThan(0);
  }, 1_200_000);

  // The controls: were these green, the test above would show nothing.
  it.each(['contents', 'names'] as const)(
    'loses on a disk that lies about %s',
    async (lies) => {
      const runs = await liveAndDieEverywhere(lies, (soFar) => lostOf(soFar) > 0, lies);
      expect(lostOf(runs)).toBeGreaterThan(0);
    },
    60_000,
  );
});
