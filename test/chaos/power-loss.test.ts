import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshDirectory } from '../support/stores.ts';
import { check, type Observed } from './frame/checker.ts';
import { ControlWorkload, observeControl } from './frame/control.ts';
import { Oracle } from './frame/oracle.ts';
import { observe, startWholeProduct, type WholeProduct } from './frame/product.ts';
import { FAULTLESS, report, Sometimes, tell } from './frame/report.ts';
import { between, CHAOS_SEED, type Random, seeded, sized } from './frame/seed.ts';
import { pause, Workload } from './frame/workload.ts';
import { buildRecorder, Machine, type PowerPlan } from './power-loss/recorder.ts';

const LOSSES = sized({ ci: 10, nightly: 200 });
/** Of so many losses each has a data directory of its own. */
const LOSSES_PER_ROUND = 20;
const LONGEST_LIFE_MS = 1_200;
/** A start syncs some 1,500 files: Postgres all of its own after a crash. A life does a few dozen times. */
const START_SYNCS = 1_500;
const LIFE_SYNCS = 80;

/** Where the power goes: at a sync of the start, at a sync of what is worked, or at any moment. */
type Loss =
  | { readonly kind: 'starting'; readonly atSync: number }
  | { readonly kind: 'syncing'; readonly afterSyncs: number }
  | { readonly kind: 'any_moment'; readonly afterMs: number };

function lossOf(random: Random): Loss {
  const dice = random();
  if (dice < 0.2) return { kind: 'starting', atSync: between(random, 1, START_SYNCS) };
  if (dice < 0.7) return { kind: 'syncing', afterSyncs: between(random, 1, LIFE_SYNCS) };
  return { kind: 'any_moment', afterMs: random() * LONGEST_LIFE_MS };
}

const SEEN = [
  'before it was up',
  'with a request in flight',
  'with an API write in flight',
  'at a sync',
  'files rolled back',
  'files that were never synced',
  'files torn',
] as const;
type Seen = (typeof SEEN)[number];

const recorder = buildRecorder(freshDirectory('recorder'));
if (recorder.kind === 'unavailable')
  console.log(
    `\nNOT RUN: power loss of the whole product, for ${recorder.why}. The spool's (power-loss-spool.test.ts) runs everywhere.`,
  );

/** A product on a machine, with senders and people at work; they go on from life to life. */
class Scene {
  readonly machine: Machine;
  readonly oracle: Oracle;
  readonly sometimes: Sometimes<Seen>;
  readonly #directory: string;
  readonly #workload: Workload;
  readonly #control: ControlWorkload;
  #product: WholeProduct | undefined;

  constructor(sometimes: Sometimes<Seen>, seed: number) {
    if (recorder.kind === 'unavailable') throw new Error(recorder.why);
    this.#directory = freshDirectory('power-loss');
    this.machine = new Machine(recorder, this.#directory);
    this.oracle = new Oracle(join(this.#directory, 'oracle.jsonl'));
    this.sometimes = sometimes;
    const { oracle } = this;
    const door = (): WholeProduct | undefined => this.#product;
    this.#workload = new Workload({ seed, senders: 2, oracle, pauseMs: 5, door: () => door()?.ingestUrl });
    this.#control = new ControlWorkload({ seed, oracle, door });
  }

  /** Starts, and works until the power goes; that of a start goes before it is up. */
  async live(loss: Loss, plan: PowerPlan = {}): Promise<void> {
    const offAtSync = loss.kind === 'starting' ? { offAtSync: loss.atSync } : {};
    const starting = startWholeProduct(this.machine.root, this.machine.powerOn({ ...plan, ...offAtSync }));
    starting.catch(() => undefined);
    const started = await Promise.race([starting, this.#untilOff()]);
    if (started === 'off') {
      this.sometimes.saw('before it was up');
      return;
    }
    this.#product = started;
    if (loss.kind === 'syncing') this.machine.offAfterSyncs(loss.afterSyncs);
    const untilMs = performance.now() + (loss.kind === 'any_moment' ? loss.afterMs : 2 * LONGEST_LIFE_MS);
    while (performance.now() < untilMs && !this.machine.isOff) await pause(2);
  }

  async #untilOff(): Promise<'off'> {
    while (!this.machine.isOff) await pause(2);
    return 'off';
  }

  async losePower(random: Random): Promise<void> {
    const { counts } = this.oracle;
    const before = [counts.unanswered, counts.controlUnanswered] as const;
    if (this.machine.isOff) this.sometimes.saw('at a sync');
    const restored = await this.machine.losePower(random() < 0.5 ? 'nothing' : 'some_pages', random);
    this.#product = undefined;
    // The senders learn of it from their sockets.
    await pause(20);
    if (counts.unanswered > before[0]) this.sometimes.saw('with a request in flight');
    if (counts.controlUnanswered > before[1]) this.sometimes.saw('with an API write in flight');
    if (restored.rolledBack > 0) this.sometimes.saw('files rolled back');
    if (restored.emptied > 0) this.sometimes.saw('files that were never synced');
    if (restored.torn > 0) this.sometimes.saw('files torn');
  }

  async stopWork(): Promise<void> {
    await Promise.all([this.#workload.stop(), this.#control.stop()]);
    this.oracle.close();
  }

  /** A last start on a machine that is left alone, and everything it shows. */
  async observe(): Promise<Observed> {
    const product = await startWholeProduct(this.machine.root);
    const said = await observeControl(product);
    await product.stop();
    const stored = await observe(this.machine.root, join(this.#directory, 'observed.jsonl'));
    return { ...stored, shown: [...stored.shown, ...said.shown] };
  }
}

async function play(round: number, losses: number, sometimes: Sometimes<Seen>): Promise<void> {
  const random = seeded(CHAOS_SEED, `power loss, round ${round}`);
  const scene = new Scene(sometimes, CHAOS_SEED);
  try {
    for (let loss = 0; loss < losses; loss += 1) {
      await scene.live(lossOf(random));
      await scene.losePower(random);
    }
  } finally {
    await scene.stopWork();
  }
  const observed = await scene.observe();
  const verdict = check(scene.oracle, observed);
  report({
    title: 'power loss',
    round,
    oracle: scene.oracle,
    observed,
    verdict,
    sometimes,
    faults: { losses },
  });
  expect(verdict).toEqual(FAULTLESS);
}

it.skipIf(recorder.kind === 'unavailable')(
  `loses nothing that was acknowledged through ${LOSSES} losses of power, of spool, ClickHouse and Postgres at once`,
  async () => {
    const sometimes = new Sometimes(SEEN);
    for (let done = 0; done < LOSSES; done += LOSSES_PER_ROUND)
      await play(done / LOSSES_PER_ROUND + 1, Math.min(LOSSES_PER_ROUND, LOSSES - done), sometimes);
    expect(sometimes.never()).toEqual([]);
  },
  3_600_000,
);

// The control: on a machine whose syncs are lies the same run must lose, or it shows nothing.
it.skipIf(recorder.kind === 'unavailable')(
  'loses on a machine whose syncs are lies',
  async () => {
    const random = seeded(CHAOS_SEED, 'lies');
    const scene = new Scene(new Sometimes(SEEN), CHAOS_SEED);
    await scene.live({ kind: 'any_moment', afterMs: LONGEST_LIFE_MS }, { lies: true });
    await scene.losePower(random);
    await scene.stopWork();
    const acknowledged = [...scene.oracle.known.values()].filter((one) => one.acknowledged).length;
    expect(acknowledged).toBeGreaterThan(0);
    const lost = await scene.observe().then(
      (observed) => check(scene.oracle, observed).lost.length,
      // It does not even open: nothing is there to be shown.
      () => acknowledged,
    );
    tell('power loss where syncs are lies, which must lose', { acknowledged, lost });
    expect(lost).toBeGreaterThan(0);
  },
  300_000,
);
