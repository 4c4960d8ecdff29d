import type { SystemSpec } from '../../model/documents/system.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { CORRELATION_COLUMNS, correlationOf } from './correlation.ts';
import { domainOf } from './domain.ts';
import { draftOf, type Looked, type Told } from './draft.ts';
import { embeddingsOf } from './embedding.ts';
import { RECONSTRUCTION_COLUMNS, reconstructionOf } from './reconstruction.ts';
import { featureRow, identities, numberTable, predictionRow } from './table.ts';
import { textsOf } from './text.ts';

/** What was decided, taken together; and what it was decided from. */
export const PREDICTIONS_SUBJECT = '@predictions';
export const FEATURES_SUBJECT = '@features';

/** Texts and embeddings looked at, of each. */
const MOST_NAMES = 4;

/**
 * Every check that the samples allow, predictions first, then features together, then texts and embeddings. A generator,
 * so that whoever runs it can let others have their turn between two checks.
 */
export function* multivariateChecks(
  looked: Looked,
  system: Pick<SystemSpec, 'features'>,
): Generator<readonly Told[]> {
  const { spec, reference, current } = looked;
  const wants = (check: (typeof spec.checks)[number]): boolean => spec.checks.includes(check);
  const instants = Object.entries(system.features).flatMap(([name, { type }]) =>
    type === 'timestamp' ? [name] : [],
  );
  const rowOf = featureRow(
    spec.features,
    new Set([...instants, ...identities(reference), ...identities(current)]),
  );
  if (wants('domain')) {
    yield [domainOf(looked, PREDICTIONS_SUBJECT, predictionRow)];
    yield [domainOf(looked, FEATURES_SUBJECT, rowOf)];
  }
  const rows = [reference.map(rowOf), current.map(rowOf)] as const;
  if (wants('reconstruction'))
    yield together(numberTable(...rows, RECONSTRUCTION_COLUMNS), (table) =>
      reconstructionOf(looked, FEATURES_SUBJECT, table),
    );
  if (wants('correlation'))
    yield together(numberTable(...rows, CORRELATION_COLUMNS), (table) =>
      correlationOf(looked, FEATURES_SUBJECT, table),
    );
  const chosen = (names: readonly string[]): string[] =>
    names.filter((name) => spec.features === 'all' || spec.features.includes(name)).slice(0, MOST_NAMES);
  if (wants('text'))
    for (const name of chosen(namesIn(reference, current, 'text'))) yield textsOf(looked, name);
  if (wants('embedding'))
    for (const name of chosen(namesIn(reference, current, 'embedding'))) yield embeddingsOf(looked, name);
}

/** One number alone has nothing to go together with. */
const together = (
  table: ReturnType<typeof numberTable>,
  check: (of: typeof table) => Told,
): readonly Told[] => (table.names.length < 2 ? [] : [check(table)]);

const namesIn = (
  reference: Looked['reference'],
  current: Looked['current'],
  column: 'text' | 'embedding',
): string[] => [...new Set([...reference, ...current].flatMap((row) => Object.keys(row[column])))].sort();

/** Each check has its part of the chance of a false word. */
export const draftsOf = (looked: Looked, told: readonly Told[]): FindingDraft[] =>
  told.map((one) => draftOf(looked, one, looked.spec.alpha / Math.max(1, told.length)));
