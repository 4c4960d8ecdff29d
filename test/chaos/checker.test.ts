import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectId } from '../../model/ids.ts';
import type { LedgerEntry } from '../../store/ports/ledger.ts';
import { freshDirectory } from '../support/stores.ts';
import { check, type Observed, type Shown } from './frame/checker.ts';
import { Oracle } from './frame/oracle.ts';
import { FAULTLESS, Sometimes } from './frame/report.ts';
import { Requests } from './frame/requests.ts';
import { seeded } from './frame/seed.ts';

/** A sender's account of three requests: two answered 200, one not answered. */
function account() {
  const requests = new Requests({
    ...{ random: seeded(7, 'checker'), sender: 'c', project: 'default', startMs: 1_000, mostRecords: 20 },
  });
  const [first, second, open] = [requests.next(), requests.next(), requests.next()];
  const oracle = new Oracle(join(freshDirectory('oracle'), 'oracle.jsonl'));
  for (const request of [first, second, open]) oracle.issued(request);
  oracle.acknowledged(first);
  oracle.acknowledged(second);
  return { oracle, acknowledged: [...first.records, ...second.records], open: open.records };
}

/** What a store shows that took these, in a ledger that says so. */
function storeWith(shown: readonly Shown[], rejected = 0, more: Partial<LedgerEntry> = {}): Observed {
  const signals = ['decisions', 'outcomes', 'spans'] as const;
  const ledger = signals.map((signal): LedgerEntry => {
    const stored = shown.reduce((sum, { place, times }) => (place === signal ? sum + times : sum), 0);
    const bad = signal === 'decisions' ? rejected : 0;
    return {
      ...{ project: projectId.parse('default'), minuteMs: 0, signal, received: stored + bad, stored },
      ...{ deduplicated: 0, rejected: { invalid_decision: bad }, pending: 0 },
      ...(signal === 'decisions' ? more : {}),
    };
  });
  return { shown, ledger };
}

const once = (records: readonly Omit<Shown, 'times'>[]): Shown[] =>
  records.map((record) => ({ ...record, times: 1 }));

describe('the checker', () => {
  const { oracle, acknowledged, open } = account();
  const rejected = oracle.counts.acknowledgedRejected;
  const [one, ...others] = once(acknowledged);
  if (one === undefined) throw new Error('the workload made nothing');
  const name = `${one.place} ${one.key}`;

  it('finds nothing when all that was acknowledged is there, once and unchanged', () => {
    expect(check(oracle, storeWith([one, ...others], rejected))).toEqual(FAULTLESS);
  });

  it('finds nothing when a request that was never answered is there too', () => {
    expect(check(oracle, storeWith(once([...acknowledged, ...open]), rejected))).toEqual(FAULTLESS);
  });

  it('tells a record that was acknowledged and is not there', () => {
    expect(check(oracle, storeWith(others, rejected)).lost).toEqual([name]);
  });

  it('tells a record that is there twice, in one row of the count or in two', () => {
    expect(check(oracle, storeWith([{ ...one, times: 2 }, ...others], rejected)).shownTwice).toEqual([name]);
    expect(check(oracle, storeWith([one, one, ...others], rejected)).shownTwice).toEqual([name]);
  });

  it('tells a record that nobody sent', () => {
    const invented = { ...one, key: 'default nobody-1' };
    const verdict = check(oracle, storeWith([one, ...others, invented], rejected));
    expect(verdict.invented).toEqual([`${one.place} default nobody-1`]);
  });

  it('tells a record that says something else than what was sent', () => {
    const verdict = check(oracle, storeWith([{ ...one, hash: 'another' }, ...others], rejected));
    expect(verdict).toEqual({ ...FAULTLESS, altered: [name] });
  });

  it.each<[string, Partial<LedgerEntry>]>([
    ['does not add up', { deduplicated: 1 }],
    ['counts fewer than were acknowledged', { received: 0, stored: 0, rejected: {} }],
    ['still has something pending', { received: 1_000, pending: 1_000, stored: 0, rejected: {} }],
  ])('tells a ledger that %s', (_what, more) => {
    expect(check(oracle, storeWith([one, ...others], rejected, more)).ledger).not.toEqual([]);
  });

  it('tells an answer that no sender should see', () => {
    const other = account().oracle;
    other.wrong('/v1/traces answered 500: oh');
    const verdict = check(other, storeWith(once(account().acknowledged), rejected));
    expect(verdict.wrongAnswers).toEqual(['/v1/traces answered 500: oh']);
  });
});

describe('a workload', () => {
  it('is the same again with the same seed, and another with another', () => {
    const bodies = (seed: number): string[] => {
      const requests = new Requests({
        ...{ random: seeded(seed, 's'), sender: 's', project: 'p', startMs: 5, mostRecords: 9 },
      });
      return Array.from({ length: 40 }, () => requests.next().body.toString('latin1'));
    };
    expect(bodies(1)).toEqual(bodies(1));
    expect(bodies(1)).not.toEqual(bodies(2));
  });
});

describe('a sometimes counter', () => {
  it('names what never happened', () => {
    const sometimes = new Sometimes(['a torn tail', 'a kill during an insert']);
    expect(sometimes.never()).toEqual(['a torn tail', 'a kill during an insert']);
    sometimes.saw('a torn tail');
    expect(sometimes.never()).toEqual(['a kill during an insert']);
  });
});
