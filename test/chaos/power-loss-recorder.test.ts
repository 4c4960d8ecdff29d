import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { freshDirectory } from '../support/stores.ts';
import { seeded } from './frame/seed.ts';
import { buildRecorder, Machine, type PowerPlan } from './power-loss/recorder.ts';
import type { WrittenBack } from './power-loss/restore.ts';

const recorder = buildRecorder(freshDirectory('recorder'));
if (recorder.kind === 'unavailable') console.log(`the power-loss recorder is not tested: ${recorder.why}`);

/** Of the script: eight files once, and one three times. */
const SYNCS_BEFORE_COUNTING = 11;

type Found = {
  readonly said: { readonly failed: string; readonly next: string };
  /** The last count that the process told of. */
  readonly counted: number;
  readonly machine: Machine;
  readonly file: (name: string) => string | undefined;
};

/** A process writes and syncs until its power goes. */
async function afterLoss(plan: PowerPlan, writtenBack: WrittenBack = 'nothing'): Promise<Found> {
  if (recorder.kind === 'unavailable') throw new Error(recorder.why);
  const machine = new Machine(recorder, freshDirectory('machine'));
  const script = join(import.meta.dirname, 'children/writes-and-syncs.ts');
  const child = spawn(process.execPath, [script, machine.root], {
    env: { ...process.env, ...machine.powerOn(plan) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const gone = once(child, 'close');
  const counted = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      if (lines.length > 20) resolve();
    });
  });
  if (plan.offAtSync === undefined) await counted;
  else while (!machine.isOff) await new Promise((resolve) => setTimeout(resolve, 2));
  await machine.losePower(writtenBack, seeded(1, 'pages'));
  await gone;
  return {
    said: JSON.parse(lines[0] ?? '{}'),
    counted: Number(lines.at(-1)),
    machine,
    file: (name) => {
      const path = join(machine.root, name);
      return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    },
  };
}

describe.skipIf(recorder.kind === 'unavailable')('the power-loss recorder', () => {
  it('keeps what was synced, whatever became of its name, and loses the rest', async () => {
    const { file, counted } = await afterLoss({});
    expect(file('synced')).toBe('all of it');
    expect(file('grown')).toBe('synced,');
    expect(file('never')).toBe('');
    expect(file('part/column')).toBe('renamed with its directory');
    expect(file('replaced')).toBe('the new content');
    expect(file('gone')).toBeUndefined();
    expect(file('after')).toBe('');
    expect([file('name'), file('other')]).toEqual(['two names', 'two names']);
    expect(file('cut')).toBe('a long content');
    // What was told is there; the next one may be, for its sync may have been done and not told of.
    expect(Number(file('counter')) - counted).toBeOneOf([0, 1]);
  });

  it('loses power at the sync that it is told, and nobody hears that this one is done', async () => {
    const { counted, machine, file } = await afterLoss({ offAtSync: SYNCS_BEFORE_COUNTING + 4 });
    expect([counted, file('counter'), machine.isOff]).toEqual([2, '2\n', true]);
  });

  it('reports EIO once, and what was written then is not there after the next sync either', async () => {
    const { said, file, machine } = await afterLoss({ eio: { atSync: 2, path: 'eio-file' } });
    expect([said, machine.eioGiven]).toEqual([{ failed: 'EIO', next: 'done' }, 1]);
    expect(file('eio-file')).toBe('before,\0\0\0\0\0\0 after');
  });

  it('loses everything on a machine whose syncs are lies', async () => {
    const { file } = await afterLoss({ lies: true });
    expect([file('synced'), file('part/column'), file('counter')]).toEqual(['', '', '']);
  });

  it('can write some pages back that nobody synced', async () => {
    const { file } = await afterLoss({}, 'some_pages');
    expect(file('synced')).toBe('all of it');
    // Of one page each: the old one or the new one, cut to the old length or the new one.
    expect(file('grown')).toBeOneOf(['synced,', 'synced, and not', `synced,${'\0'.repeat(8)}`]);
  });
});
