import { describe, expect, it, vi } from 'vitest';
import {
  hears,
  KEYMAP,
  NOTHING_PENDING,
  press,
  type Scope,
  SEQUENCE_MS,
} from '../../dashboard/src/lib/keys/keymap.ts';
import { coalesce } from '../../dashboard/src/lib/live/coalesce.ts';
import { SECTIONS } from '../../dashboard/src/lib/route/routes.ts';

const scopes = (...names: Scope[]): ReadonlySet<Scope> => new Set<Scope>(['global', ...names]);
const pending = (...keys: string[]) => ({ keys, atMs: 0 });

describe('shortcuts', () => {
  it('no two in one scope share their keys, and none is the start of another', () => {
    for (const scope of ['global', 'review', 'incident'] as const) {
      const live = KEYMAP.filter((one) => one.scope === scope || one.scope === 'global').map((one) =>
        one.keys.join(' '),
      );
      expect(new Set(live).size).toBe(live.length);
      expect(
        live.filter((keys) => live.some((other) => other !== keys && other.startsWith(`${keys} `))),
      ).toEqual([]);
    }
  });
  it('every section can be gone to', () => {
    expect(SECTIONS.filter(({ name }) => !KEYMAP.some((one) => one.id === `go.${name}`))).toEqual([]);
  });
  it('waits for the second key, for a while', () => {
    expect(press('g', NOTHING_PENDING, 0, scopes())).toEqual({ kind: 'wait', pending: pending('g') });
    expect(press('o', pending('g'), SEQUENCE_MS, scopes())).toEqual({ kind: 'run', id: 'go.overview' });
    expect(press('o', pending('g'), SEQUENCE_MS + 1, scopes())).toEqual({ kind: 'none' });
  });
  it('drops a sequence that does not go on, and reads the key afresh', () => {
    expect(press('?', pending('g'), 10, scopes())).toEqual({ kind: 'run', id: 'help' });
  });
  it('one key means what the screen at hand says', () => {
    expect(press('n', NOTHING_PENDING, 0, scopes('review'))).toEqual({ kind: 'run', id: 'review.note' });
    expect(press('n', NOTHING_PENDING, 0, scopes('incident'))).toEqual({ kind: 'run', id: 'incident.note' });
    expect(press('n', NOTHING_PENDING, 0, scopes())).toEqual({ kind: 'none' });
  });
  it('rests while a person types, holds a modifier, or has switched it off', () => {
    const quiet = { typing: false, modified: false, inDialog: false, ownsKey: false };
    expect(hears(quiet, true).kind).toBe('listen');
    for (const key of ['typing', 'modified', 'inDialog', 'ownsKey'] as const)
      expect(hears({ ...quiet, [key]: true }, true).kind).toBe('ignore');
    expect(hears(quiet, false)).toEqual({ kind: 'ignore', why: 'switched off' });
  });
});

describe('hints', () => {
  it('many within the wait are one run, and a steady stream does not starve it', () => {
    vi.useFakeTimers();
    const run = vi.fn();
    const { hint, stop } = coalesce(run, 750, {
      set: (act, ms) => setTimeout(act, ms),
      clear: (handle) => clearTimeout(handle as number),
    });
    for (let ms = 0; ms < 3_000; ms += 100) {
      hint();
      vi.advanceTimersByTime(100);
    }
    // The first hint of each round starts 750 ms; rounds start at 0, 800, 1600 and 2400 ms, of which three have ended.
    expect(run).toHaveBeenCalledTimes(3);
    stop();
    vi.advanceTimersByTime(10_000);
    expect(run).toHaveBeenCalledTimes(3);
    vi.useRealTimers();
  });
});
