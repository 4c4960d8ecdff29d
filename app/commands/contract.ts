import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { importContract } from '../../model/contract-import.ts';
import { API_VERSION } from '../../model/documents/document.ts';
import { askLeeway } from './client.ts';
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

const inferred = z.object({ yaml: z.string(), features: z.number() });

type Stretch = { readonly from: string | undefined; readonly to: string | undefined };

async function infer(system: string, stretch: Stretch, environment: NodeJS.ProcessEnv): Promise<number> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(stretch)) if (value !== undefined) query.set(name, value);
  const answer = await askLeeway(
    'GET',
    `/systems/${encodeURIComponent(system)}/contract?${query}`,
    environment,
  );
  if (answer.kind === 'refused') return complain(`${answer.sentence}\n`, answer.code);
  const { yaml, features } = inferred.parse(answer.body);
  process.stdout.write(yaml);
  if (features === 0)
    process.stderr.write(`Too few decisions of ${system} in that stretch to promise anything.\n`);
  return 0;
}

function complain(text: string, code: number): number {
  process.stderr.write(text);
  return code;
}
