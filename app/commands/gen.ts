import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseDocuments } from '../../api/documents.ts';
import type { DocumentInput } from '../../model/documents/document.ts';
import { type TypedSystem, typeSource } from './type-source.ts';

/** `leeway gen types FILE... [--out FILE]`: 0 when written, 2 with every mistake in the documents, 3 without a file. */
export function gen(argv: string[]): number {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { out: { type: 'string' } },
  });
  const [what, ...files] = positionals;
  if (what === 'types' && files.length > 0) return genTypes(files, values.out);
  process.stderr.write('leeway gen types FILE... [--out FILE]\n');
  return 2;
}

function genTypes(files: readonly string[], out: string | undefined): number {
  const absent = files.find((file) => !existsSync(file));
  if (absent !== undefined) {
    process.stderr.write(`${absent}: there is no such file.\n`);
    return 3;
  }
  const systems = new Map<string, TypedSystem>();
  for (const file of files) {
    const parsed = parseDocuments(readFileSync(file, 'utf8'));
    if (parsed.kind === 'invalid') {
      for (const { path, message } of parsed.errors) process.stderr.write(`${file}: ${path}: ${message}\n`);
      return 2;
    }
    for (const source of parsed.sources) addSource(systems, source);
  }
  if (systems.size === 0) {
    process.stderr.write(
      `${files.join(', ')}: there is no System and no Contract in it to make types from.\n`,
    );
    return 2;
  }
  const text = typeSource([...systems.values()]);
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(out, text);
  return 0;
}

const UNKNOWN: Omit<TypedSystem, 'name'> = { values: [], features: {}, segments: [] };

/** A System says what may be decided; a Contract says more of the features, and has the last word on them. */
function addSource(systems: Map<string, TypedSystem>, source: DocumentInput): void {
  if (source.kind === 'Contract') {
    const name = source.spec.system;
    const known = systems.get(name) ?? { name, ...UNKNOWN };
    systems.set(name, { ...known, features: { ...known.features, ...source.spec.features } });
  }
  if (source.kind === 'System') {
    const { name } = source.metadata;
    const { correct = {}, deferred = [], features = {}, segments = [] } = source.spec;
    const values = [...new Set([...Object.keys(correct), ...deferred])];
    const contracted = systems.get(name)?.features ?? {};
    systems.set(name, { name, values, features: { ...features, ...contracted }, segments });
  }
}
