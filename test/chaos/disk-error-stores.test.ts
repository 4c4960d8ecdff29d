import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshDirectory } from '../support/stores.ts';
import { check } from './frame/checker.ts';
import { ControlWorkload, observeControl } from './frame/control.ts';
import { Oracle } from './frame/oracle.ts';
import { observe, startWholeProduct, type WholeProduct } from './frame/product.ts';
import { FAULTLESS, report, Sometimes } from './frame/report.ts';
import { between, CHAOS_SEED, seeded, sized } from './frame/seed.ts';
import { pause, Workload } from './frame/workload.ts';
import { buildRecorder, Machine } from './power-loss/recorder.ts';

const ERRORS = sized({ ci: 3, nightly: 60 });
/** Which files' syncs fail: those of tables, and of Postgres' log. Each does some dozens in its first seconds. */
const PLACES = ['/clickhouse/store/', '/pg_wal/'] as const;
const EARLY_SYNCS = 40;
const LIFE_MS = 1_000;
const LONGEST_MS = 8_000;

const SEEN = ['ClickHouse met an error', 'Postgres met an error', 'the power went with it'] as const;

const recorder = buildRecorder(freshDirectory('recorder'));
if (recorder.kind === 'unavailable')
  console.log(
    `\nNOT RUN: errors of fsync below ClickHouse and Postgres, for ${recorder.why}. The spool's (disk-error.test.ts) run everywhere.`,
  );

it.skipIf(recorder.kind === 'unavailable')(
  `loses nothing that was acknowledged through ${ERRORS} errors of fsync below ClickHouse and Postgres`,
  async () => {
    if (recorder.kind === 'unavailable') throw new Error(recorder.why);
    const directory = freshDirectory('disk-error-stores');
    const machine = new Machine(recorder, directory);
    const random = seeded(CHAOS_SEED, 'disk errors of stores');
    const oracle = new Oracle(join(directory, 'oracle.jsonl'));
    const sometimes = new Sometimes<string>(SEEN);
    let product: WholeProduct | undefined;
    const door = (): WholeProduct | undefined => product;
    const workload = new Workload({
      ...{ seed: CHAOS_SEED, senders: 2, oracle, pauseMs: 5 },
      door: () => door()?.ingestUrl,
    });
    const control = new ControlWorkload({ seed: CHAOS_SEED, oracle, door });
    for (let error = 0; error < ERRORS; error += 1) {
      const path = PLACES[error % PLACES.length] ?? PLACES[0];
      const eio = { atSync: between(random, 1, EARLY_SYNCS), path };
      // An error so early that it does not come up is one too: the next start must find everything.
      product = await startWholeProduct(machine.root, machine.powerOn({ eio })).catch(() => undefined);
      const startedMs = performance.now();
      const isOver = (): boolean => performance.now() - startedMs > LONGEST_MS;
      while (product !== undefined && machine.eioGiven === 0 && !isOver()) await pause(10);
      if (machine.eioGiven > 0)
        sometimes.saw(path === '/pg_wal/' ? 'Postgres met an error' : 'ClickHouse met an error');
      await pause(random() * LIFE_MS);
      // What was acknowledged after the error must not stand on pages that are gone.
      await machine.losePower('nothing', random);
      product = undefined;
      sometimes.saw('the power went with it');
    }
    await Promise.all([workload.stop(), control.stop()]);
    const last = await startWholeProduct(machine.root);
    const said = await observeControl(last);
    await last.stop();
    const stored = await observe(machine.root, join(directory, 'observed.jsonl'));
    const observed = { ...stored, shown: [...stored.shown, ...said.shown] };
    const verdict = check(oracle, observed);
    report({
      title: 'disk errors of stores',
      oracle,
      observed,
      verdict,
      sometimes,
      faults: { errors: ERRORS },
    });
    oracle.close();
    expect(verdict).toEqual(FAULTLESS);
    expect(sometimes.never()).toEqual([]);
  },
  3_600_000,
);
