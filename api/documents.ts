import { isNode, LineCounter, parseAllDocuments, stringify, type Document as YamlDocument } from 'yaml';
import { type DocumentInput, document as documentSchema } from '../model/documents/document.ts';

export type DocumentError = { readonly path: string; readonly message: string };
export type ParsedDocuments =
  | { readonly kind: 'parsed'; readonly sources: readonly DocumentInput[] }
  | { readonly kind: 'invalid'; readonly errors: readonly DocumentError[] };

/** Documents in one file. */
const MOST_DOCUMENTS = 1_000;
const MOST_ERRORS = 50;
/** A few lines of YAML can stand for gigabytes when aliases nest. */
const MOST_ALIASES = 100;

/**
 * YAML, one or more documents, as their author wrote them. Every error at once, each with its document, line and path:
 * `document 2, line 14: spec.window`.
 */
export function parseDocuments(yaml: string): ParsedDocuments {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(yaml, { lineCounter: lines, uniqueKeys: true });
  const documents = ('empty' in parsed ? [] : [...parsed]).filter((one) => one.contents !== null);
  if (documents.length === 0) return invalid([{ path: '', message: 'There is no document in it.' }]);
  if (documents.length > MOST_DOCUMENTS) {
    return invalid([{ path: '', message: `At most ${MOST_DOCUMENTS} documents at once.` }]);
  }
  const errors: DocumentError[] = [];
  const sources: DocumentInput[] = [];
  const seen = new Set<string>();
  documents.forEach((one, i) => {
    const read = readOne(one, i + 1, lines);
    if (read.kind === 'invalid') {
      errors.push(...read.errors);
      return;
    }
    const name = `${read.source.kind} ${read.source.metadata.name}`;
    if (seen.has(name)) errors.push({ path: `document ${i + 1}`, message: `${name} is in the file twice.` });
    seen.add(name);
    sources.push(read.source);
  });
  return errors.length > 0 ? invalid(errors) : { kind: 'parsed', sources };
}

/** A document as people write one; the store keeps its keys in an order of its own. */
export const documentYaml = ({ apiVersion, kind, metadata, spec }: DocumentInput): string =>
  stringify({ apiVersion, kind, metadata, spec });

const invalid = (errors: readonly DocumentError[]) =>
  ({ kind: 'invalid', errors: errors.slice(0, MOST_ERRORS) }) as const;

function readOne(one: YamlDocument, number: number, lines: LineCounter) {
  const at = (offset: number | undefined) =>
    offset === undefined ? `document ${number}` : `document ${number}, line ${lines.linePos(offset).line}`;
  if (one.errors.length > 0) {
    return invalid(
      one.errors.map((error) => ({ path: at(error.pos[0]), message: error.message.split('\n')[0] ?? '' })),
    );
  }
  const plain = toPlain(one);
  if (plain === undefined) return invalid([{ path: at(0), message: 'Too many aliases.' }]);
  const checked = documentSchema.safeParse(plain);
  // What is stored is what was written; the schema has said that it is a document.
  if (checked.success) return { kind: 'parsed', source: plain as DocumentInput } as const;
  return invalid(
    checked.error.issues.map((issue) => {
      const place = issue.path.map(String);
      const path = place.join('.');
      return { path: `${at(offsetOf(one, place))}${path === '' ? '' : `: ${path}`}`, message: issue.message };
    }),
  );
}

function toPlain(one: YamlDocument): unknown {
  try {
    return one.toJS({ maxAliasCount: MOST_ALIASES });
  } catch {
    return undefined;
  }
}

/** Where the nearest thing on the path stands: what is missing has no line of its own. */
function offsetOf(one: YamlDocument, path: readonly string[]): number | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? one.contents : one.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}
