import type { SystemSpec } from '../../model/documents/system.ts';
import { seededRandom } from '../../model/seeded-random.ts';
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

/** All that is needed to look at one window; plain data, so that another thread can be asked. */
export type Question = Omit<Looked, 'random'> & Pick<SystemSpec, 'features'>;

/** Each check of a window has its part of the chance of a false word. */
export function draftsOf({ features, ...asked }: Question): FindingDraft[] {
  const looked = { ...asked, random: seededRandom(asked.spec.seed) };
  const told = checksOf(looked, features);
  return told.map((one) => draftOf(looked, one, looked.spec.alpha / Math.max(1, told.length)));
}

/** Every check that the samples allow, predictions first, then features together, then texts and embeddings. */
function checksOf(looked: Looked, features: SystemSpec['features']): readonly Told[] {
  const { spec, reference, current } = looked;
  const wants = (check: (typeof spec.checks)[number]): boolean => spec.checks.includes(check);
  const instants = Object.entries(features).flatMap(([name, { type }]) =>
    type === 'timestamp' ? [name] : [],
  );
  const rowOf = featureRow(
    spec.features,
    new Set([...instants, ...identities(reference), ...identities(current)]),
  );
  const rows = [reference.map(rowOf), current.map(rowOf)] as const;
  const chosen = (column: 'text' | 'embedding'): string[] =>
    wants(column)
      ? namesIn(reference, current, column)
          .filter((name) => spec.features === 'all' || spec.features.includes(name))
          .slice(0, MOST_NAMES)
      : [];
  return [
    ...(wants('domain') ? [domainOf(looked, PREDICTIONS_SUBJECT, predictionRow)] : []),
    ...(wants('domain') ? [domainOf(looked, FEATURES_SUBJECT, rowOf)] : []),
    ...(wants('reconstruction')
      ? together(numberTable(...rows, RECONSTRUCTION_COLUMNS), (table) =>
          reconstructionOf(looked, FEATURES_SUBJECT, table),
        )
      : []),
    ...(wants('correlation')
      ? together(numberTable(...rows, CORRELATION_COLUMNS), (table) =>
          correlationOf(looked, FEATURES_SUBJECT, table),
        )
      : []),
    ...chosen('text').flatMap((name) => textsOf(looked, name)),
    ...chosen('embedding').flatMap((name) => embeddingsOf(looked, name)),
  ];
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
