import { fitPca, mannWhitney, normalUpperQuantile, reconstructionRest, shuffled } from '../stats/index.ts';
import { numberWords, percentWords } from '../words.ts';
import type { Looked, Told } from './draft.ts';
import { listWords, mostOf } from './most.ts';
import type { NumberTable } from './table.ts';

export const RECONSTRUCTION_COLUMNS = 64;
const POWER = 0.8;

/**
 * Principal components are learnt on half of the reference; the other half says how well they know what they have not
 * seen, and the window is held against that. A change of how features move together is reconstructed worse (or, where
 * they lost their own noise, better), though each alone looks as ever.
 */
export function reconstructionOf(looked: Looked, subject: string, table: NumberTable): Told {
  const { spec } = looked;
  const order = shuffled(table.reference.length, looked.random);
  const half = order.length >> 1;
  const rowsAt = (positions: readonly number[]) => positions.flatMap((at) => table.reference[at] ?? []);
  const held = rowsAt(order.slice(half));
  const [nReference, n] = [held.length, table.current.length];
  const told = {
    subject,
    statistic: 'reconstruction' as const,
    limit: spec.limits.reconstruction,
    n,
    nReference,
  };
  const model = fitPca(rowsAt(order.slice(0, half)));
  if (model.kind === 'undefined')
    return { ...told, kind: 'unable', reason: model.reason, what: 'numbers taken together' };
  const rests = {
    before: held.map((row) => reconstructionRest(model, row)),
    now: table.current.map((row) => reconstructionRest(model, row)),
  };
  const before = rests.before.map(lengthOf);
  const now = rests.now.map(lengthOf);
  const test = mannWhitney(before, now);
  if (test.kind === 'undefined')
    return { ...told, kind: 'unable', reason: test.reason, what: 'numbers taken together' };
  const superiority = test.probabilityOfSuperiority;
  const error = Math.sqrt((n + nReference + 1) / (12 * n * nReference));
  const worse = superiority >= 0.5;
  const mean = (errors: readonly number[]): number =>
    errors.reduce((sum, one) => sum + one, 0) / errors.length;
  const square = (rows: readonly Float64Array[], j: number): number =>
    mean(rows.map((row) => (row[j] ?? 0) ** 2));
  const moved = table.names.map(
    (name, j) => [name, Math.abs(square(rests.now, j) - square(rests.before, j))] as const,
  );
  const most = mostOf(moved);
  return {
    ...told,
    kind: 'measured',
    effect: Math.abs(2 * superiority - 1),
    pValue: test.pValue,
    minimumDetectableEffect:
      2 * (normalUpperQuantile(spec.alpha / 2) + normalUpperQuantile(1 - POWER)) * error,
    words: `${model.components.length} components of ${table.names.length} numbers reconstruct a decision of the window ${worse ? 'worse' : 'better'} than one of the reference in ${percentWords(Math.max(superiority, 1 - superiority))} of pairs (mean error ${numberWords(mean(before))} → ${numberWords(mean(now))})${most.names.length > 0 && Math.abs(2 * superiority - 1) > spec.limits.reconstruction ? `, most of it in ${listWords(most.names)}` : ''}`,
    evidence: {
      columns: table.names,
      explained: model.explained,
      errors: { reference: mean(before), current: mean(now) },
      by: most.names,
    },
  };
}

const lengthOf = (rest: Float64Array): number => Math.sqrt(rest.reduce((sum, one) => sum + one * one, 0));
