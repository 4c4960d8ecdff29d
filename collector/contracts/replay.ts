import { createHash } from 'node:crypto';
import { type ContractValue, checkContracts } from '../../model/contract-check.ts';
import { type FeatureMapping, mapFeatures } from '../../model/contract-replay.ts';
import type { FeatureValue } from '../../model/decision.ts';
import type {
  ContractReplay,
  Features,
  ReplayCandidate,
  ReplayPart,
  ReplayRequest,
  ReplayStore,
  Restated,
} from '../../store/ports/replays.ts';
import { MaskRefused } from '../masking/mask.ts';
import type { MaskRules } from '../masking/rules.ts';
import { ContractBook, type ContractSource } from './book.ts';
import type { SystemContract } from './contracts.ts';

/** Held against the contract at once: so long a caller waits for an answer. */
const MOST_AT_ONCE = 1_000;

export type ReplayDeps = {
  readonly replays: ReplayStore;
  readonly contracts: ContractSource;
  /** Unique to this process: readers follow `loaded_at` per loader. */
  readonly loaderId: string;
  readonly nowMs: () => number;
  /** Decisions stand otherwise now; called once per part that changed any. */
  readonly onChanged: (request: ReplayRequest, part: ReplayPart) => Promise<void>;
};

/**
 * Decisions that broke a promise, held against the contract as it stands now. Each starts from what came in, so the same
 * replay twice changes nothing the second time. What stood before stays in the store beside it.
 */
export function createContractReplay({
  replays,
  contracts,
  loaderId,
  nowMs,
  onChanged,
}: ReplayDeps): ContractReplay {
  let lastMs = 0;
  const nextMs = (): number => {
    lastMs = Math.max(nowMs(), lastMs + 1);
    return lastMs;
  };
  return {
    count: (scope) => replays.count(scope),
    part: async (request) => {
      const { scope, mapping, dryRun, after } = request;
      // A book of its own: who has just applied a contract replays against that one.
      const known = await new ContractBook(contracts, nowMs).of(scope.project);
      const promised = known.of(scope.system);
      const candidates = await replays.candidates(scope, MOST_AT_ONCE, after);
      const name = mapping === undefined ? '' : nameOf(mapping);
      const judged = candidates.map((candidate) => judge(candidate, promised, mapping, name));
      const changed = judged.flatMap(({ restated }) => (restated === undefined ? [] : [restated]));
      if (!dryRun && changed.length > 0) {
        const atMs = nextMs();
        await replays.restate(scope, changed, {
          loader: `${loaderId}-replay`,
          batch: `replay ${atMs}`,
          atMs,
        });
      }
      const of = (kind: Judged['kind']): number => judged.filter((one) => one.kind === kind).length;
      const last = candidates.at(-1);
      const part: ReplayPart = {
        contract: promised?.label ?? '',
        released: of('released'),
        marked: of('marked'),
        quarantined: of('quarantined'),
        unmaskable: of('unmaskable'),
        changed: changed.length,
        next:
          last === undefined || candidates.length < MOST_AT_ONCE
            ? null
            : { timeNs: last.timeNs, id: last.id },
      };
      if (!dryRun && changed.length > 0) await onChanged(request, part);
      return part;
    },
  };
}

/** The same mapping has the same name, however its author ordered it. */
const nameOf = (mapping: FeatureMapping): string =>
  createHash('sha256').update(canonical(mapping)).digest('hex').slice(0, 12);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
}

type Judged = {
  readonly kind: 'released' | 'marked' | 'quarantined' | 'unmaskable';
  /** undefined when it stands as before. */
  readonly restated: Restated | undefined;
};

function judge(
  candidate: ReplayCandidate,
  promised: SystemContract | undefined,
  mapping: FeatureMapping | undefined,
  name: string,
): Judged {
  let features: Readonly<Record<string, FeatureValue>>;
  try {
    features = featuresOf(candidate, promised?.masks, mapping);
  } catch (error) {
    if (!(error instanceof MaskRefused)) throw error;
    return { kind: 'unmaskable', restated: undefined };
  }
  const values: Record<string, ContractValue> = { ...candidate.embeddings, ...candidate.texts, ...features };
  const timeMs = Number(BigInt(candidate.timeNs) / 1_000n) / 1_000;
  const { violations, quarantined } = checkContracts(promised?.specs ?? [], values, timeMs);
  const kind = violations.length === 0 ? 'released' : quarantined ? 'quarantined' : 'marked';
  const contract = promised?.label ?? '';
  const standsAsBefore =
    candidate.contract === contract &&
    candidate.mapping === name &&
    candidate.quarantined === quarantined &&
    candidate.violations.join('\n') === violations.join('\n');
  if (standsAsBefore) return { kind, restated: undefined };
  const { id, timeNs } = candidate;
  const mapped = mapping === undefined ? undefined : columnsOf(features);
  return {
    kind,
    restated: { id, timeNs, contract, violations, quarantined, mapping: name, features: mapped },
  };
}

/** As they came, or mapped; a value that was moved is masked as the contract asks of its new name. */
function featuresOf(
  { num, cat, missing }: ReplayCandidate,
  masks: MaskRules | undefined,
  mapping: FeatureMapping | undefined,
): Readonly<Record<string, FeatureValue>> {
  const came = { ...Object.fromEntries(missing.map((name) => [name, null])), ...cat, ...num };
  if (mapping === undefined) return came;
  const { features, changed } = mapFeatures(came, mapping);
  if (masks === undefined) return features;
  return Object.fromEntries(
    Object.entries(features).flatMap(([name, value]): [string, FeatureValue][] => {
      const kept = value === null || !changed.has(name) ? value : masks.scalar(name, value);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

function columnsOf(features: Readonly<Record<string, FeatureValue>>): Features {
  const num: Record<string, number> = {};
  const cat: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, value] of Object.entries(features)) {
    if (value === null) missing.push(name);
    else if (typeof value === 'number') num[name] = value;
    else cat[name] = String(value);
  }
  return { num, cat, missing };
}
