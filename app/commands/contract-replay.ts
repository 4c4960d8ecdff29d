import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { replayPart } from '../../api/contract/contracts.ts';
import { featureMapping } from '../../model/contract-replay.ts';
import { askLeeway } from './client.ts';
import { createProgress } from './progress.ts';

export type ReplayCall = {
  readonly system: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly map: string | undefined;
  readonly dryRun: boolean;
  readonly json: boolean;
};

type Part = z.output<typeof replayPart>;
const NOTHING = { released: 0, marked: 0, quarantined: 0, unmaskable: 0, changed: 0 };
type Counts = typeof NOTHING;

/** `leeway contract replay SYSTEM`: part after part, so that it may be stopped at any time and called again. */
export async function replay(call: ReplayCall, environment: NodeJS.ProcessEnv): Promise<number> {
  const mapping = readMapping(call.map);
  if (mapping.kind === 'refused') return complain(mapping.sentence, mapping.code);
  const path = `/systems/${encodeURIComponent(call.system)}/contract/replay`;
  const progress = createProgress(process.stderr);
  let counts: Counts = NOTHING;
  let total = 0;
  let asked: object = { from: call.from, to: call.to };
  for (;;) {
    const body = {
      ...asked,
      dryRun: call.dryRun,
      ...(mapping.kind === 'mapping' ? { mapping: mapping.value } : {}),
    };
    const answer = await askLeeway('POST', path, environment, body);
    if (answer.kind === 'refused') {
      progress.done();
      return complain(answer.sentence, answer.code);
    }
    const part = replayPart.parse(answer.body);
    total = part.total ?? total;
    counts = add(counts, part);
    progress('held against the contract', seen(counts), total);
    if (part.next === null) {
      progress.done();
      process.stdout.write(call.json ? asJson(call, part, total, counts) : asText(call, part, counts));
      return 0;
    }
    asked = { ...part.range, after: part.next };
  }
}

const seen = ({ released, marked, quarantined, unmaskable }: Counts): number =>
  released + marked + quarantined + unmaskable;

const add = (counts: Counts, part: Part): Counts => ({
  released: counts.released + part.released,
  marked: counts.marked + part.marked,
  quarantined: counts.quarantined + part.quarantined,
  unmaskable: counts.unmaskable + part.unmaskable,
  changed: counts.changed + part.changed,
});

const SCHEMA_VERSION = 1;
const asJson = (call: ReplayCall, { contract, range }: Part, total: number, counts: Counts): string =>
  `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, system: call.system, dryRun: call.dryRun, contract, ...range, total, ...counts })}\n`;

function asText(call: ReplayCall, { contract, range }: Part, counts: Counts): string {
  const under = contract === '' ? 'no contract' : contract;
  if (seen(counts) === 0)
    return `No decision of ${call.system} stands as having broken a promise, ${range.from} to ${range.to}.\n`;
  const lines = [
    `${call.system}: ${seen(counts)} decisions that broke a promise, ${range.from} to ${range.to}, held against ${under}`,
    `  released            ${counts.released}`,
    `  still marked        ${counts.marked}`,
    `  still kept apart    ${counts.quarantined}`,
    ...(counts.unmaskable > 0 ? [`  cannot be masked    ${counts.unmaskable}`] : []),
    call.dryRun ? `${counts.changed} would change; nothing was written.` : `${counts.changed} changed.`,
  ];
  return `${lines.join('\n')}\n`;
}

type Mapping =
  | { readonly kind: 'none' }
  | { readonly kind: 'mapping'; readonly value: z.output<typeof featureMapping> }
  | { readonly kind: 'refused'; readonly sentence: string; readonly code: number };

/** YAML or JSON; every mistake at once. */
function readMapping(file: string | undefined): Mapping {
  if (file === undefined) return { kind: 'none' };
  if (!existsSync(file)) return { kind: 'refused', sentence: `${file}: there is no such file.`, code: 3 };
  let source: unknown;
  try {
    source = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'refused', sentence: `${file}: ${why}`, code: 2 };
  }
  const checked = featureMapping.safeParse(source);
  if (checked.success) return { kind: 'mapping', value: checked.data };
  return { kind: 'refused', sentence: `${file}: ${z.prettifyError(checked.error)}`, code: 2 };
}

function complain(sentence: string, code: number): number {
  process.stderr.write(`${sentence}\n`);
  return code;
}
