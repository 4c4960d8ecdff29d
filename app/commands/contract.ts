import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { importContract } from '../../model/contract-import.ts';
import { API_VERSION } from '../../model/documents/document.ts';
import { replay } from './contract-replay.ts';

const USAGE = `leeway contract import FILE --system NAME       from JSON Schema or ODCS, to standard output
leeway contract infer --system NAME [--from now-7d] [--to now]   from what a running Leeway has seen
leeway contract replay NAME [--from now-30d] [--to now] [--map FILE] [--dry-run] [--json]
                                                what broke a promise, held against the contract as it stands now
`;

/** `leeway contract …`: 0 when a contract was written to standard output, 2 for a wrong call or file, 3 without the file. */
export async function contract(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      system: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      map: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [what, file] = positionals;
  const { system, from, to } = values;
  if (what === 'import' && file !== undefined && system !== undefined) return importFile(file, system);
  if (what === 'infer' && system !== undefined) return infer(system, { from, to }, process.env);
  const { map, json, 'dry-run': dryRun } = values;
  const replayed = file ?? system;
  if (what === 'replay' && replayed !== undefined)
    return replay({ system: replayed, from, to, map, dryRun, json }, process.env);
  return complain(USAGE, 2);
}

function importFile(file: string, system: string): number {
  if (!existsSync(file)) return complain(`${file}: there is no such file.\n`, 3);
  let source: unknown;
  try {
    // JSON is YAML too.
    source = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return complain(`${file}: ${error instanceof Error ? error.message : String(error)}\n`, 2);
  }
  const imported = importContract(source);
  if (imported.kind === 'unknown') return complain(`${file}: ${imported.sentence}\n`, 2);
  const { features, strict, left } = imported;
  const spec = { system, features, ...(strict ? { unknownFeatures: 'violation' } : {}) };
  const metadata = { name: system };
  process.stdout.write(stringify({ apiVersion: API_VERSION, kind: 'Contract', metadata, spec }));
  for (const sentence of left) process.stderr.write(`left out: ${sentence}\n`);
  return 0;
}

type Stretch = { readonly from: string | undefined; readonly to: string | undefined };

async function infer(system: string, stretch: Stretch, environment: NodeJS.ProcessEnv): Promise<number> {
  const url = new URL(
    `/api/v1/systems/${encodeURIComponent(system)}/contract`,
    environment['LEEWAY_URL'] ?? 'http://127.0.0.1:4300',
  );
  for (const [name, value] of Object.entries(stretch))
    if (value !== undefined) url.searchParams.set(name, value);
  const token = environment['LEEWAY_TOKEN'];
  if (token === undefined) return complain('LEEWAY_TOKEN is not set.\n', 2);
  let answer: Response;
  try {
    answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  } catch {
    return complain(`no Leeway answers at ${url.origin}. Start one with npm start, or set LEEWAY_URL.\n`, 7);
  }
  const text = await answer.text();
  if (!answer.ok) return complain(`${text}\n`, answer.status === 401 || answer.status === 403 ? 4 : 1);
  const { yaml, features }: { yaml: string; features: number } = JSON.parse(text);
  process.stdout.write(yaml);
  if (features === 0)
    process.stderr.write(`Too few decisions of ${system} in that stretch to promise anything.\n`);
  return 0;
}

function complain(text: string, code: number): number {
  process.stderr.write(text);
  return code;
}
