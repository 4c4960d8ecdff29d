import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshDirectory } from '../support/stores.ts';
import { check } from './frame/checker.ts';
import { Oracle } from './frame/oracle.ts';
import { type Failpoint, PHASES, takePhase } from './frame/phases.ts';
import { observe, type Product, startCollectorProcess } from './frame/product.ts';
import { FAULTLESS, report, Sometimes } from './frame/report.ts';
import { between, CHAOS_SEED, type Random, seeded, sized } from './frame/seed.ts';
import { pause, Workload } from './frame/workload.ts';

const KILLS = sized({ ci: 42, nightly: 1_000 });
/** Of so many kills each has a store of its own: a failure can be repeated, and memory stays bounded. */
const KILLS_PER_ROUND = 50;
const LONGEST_LIFE_MS = 300;
const LONGEST_START_MS = 700;

const SEEN = [...PHASES, 'before it was up', 'with a request in flight', 'a torn tail'] as const;

/** Half of the deaths are aimed at a phase; the others come from outside at any moment, some during the start. */
type Death =
  | { readonly failpoint: Failpoint }
  | { readonly afterMs: number }
  | { readonly dieAfterMs: number };

/** Each phase in its turn, so that a run of some dozens has met all of them. */
function* deaths(random: Random): Generator<Death, never> {
  const [, ...phases] = PHASES;
  for (;;)
    for (const phase of phases) {
      const dice = random();
      if (dice < 0.2) yield { dieAfterMs: 1 + random() * LONGEST_START_MS };
      else yield { afterMs: random() * LONGEST_LIFE_MS };
      yield { failpoint: { phase, nth: between(random, 1, 4) } };
    }
}

async function play(round: number, kills: number, sometimes: Sometimes<string>): Promise<void> {
  const directory = freshDirectory('kill');
  const dataDir = join(directory, 'data');
  const phaseFile = join(directory, 'phase');
  const plan = deaths(seeded(CHAOS_SEED, `kill, round ${round}`));
  const oracle = new Oracle(join(directory, 'oracle.jsonl'));
  let url: string | undefined;
  const workload = new Workload({ seed: CHAOS_SEED, senders: 4, oracle, door: () => url });
  for (let kill = 0; kill < kills; kill += 1) {
    const death = plan.next().value;
    // Small and young segments: so that deaths fall into loads and seals, not only into commits.
    const limits = { segmentAgeMs: 30, segmentBytes: 128 * 1024 };
    const options = { directory: dataDir, phaseFile, limits, ...death };
    const unanswered = oracle.counts.unanswered;
    const product = await startCollectorProcess(options).catch(() => undefined);
    if (product === undefined) sometimes.saw('before it was up');
    else {
      url = product.ingestUrl;
      await end(product, death);
      if (oracle.counts.unanswered > unanswered) sometimes.saw('with a request in flight');
      if (product.lines.includes('tail_cut')) sometimes.saw('a torn tail');
      url = undefined;
    }
    sometimes.saw(takePhase(phaseFile));
  }
  await workload.stop();
  const observed = await observe(dataDir, join(directory, 'observed.jsonl'));
  const verdict = check(oracle, observed);
  report({ title: 'kill', round, oracle, observed, verdict, sometimes, faults: { kills } });
  oracle.close();
  expect(verdict).toEqual(FAULTLESS);
  expect(oracle.counts.resentUnanswered).toBeGreaterThan(0);
  expect(oracle.counts.resentAnswered).toBeGreaterThan(0);
}

async function end(product: Product, death: Death): Promise<void> {
  if ('afterMs' in death) {
    await pause(death.afterMs);
    await product.kill();
  } else await product.gone;
}

it(`loses no acknowledged record and shows none twice through ${KILLS} kills of collector and store`, async () => {
  const sometimes = new Sometimes<string>(SEEN);
  for (let done = 0; done < KILLS; done += KILLS_PER_ROUND)
    await play(done / KILLS_PER_ROUND + 1, Math.min(KILLS_PER_ROUND, KILLS - done), sometimes);
  expect(sometimes.never()).toEqual([]);
}, 7_200_000);
