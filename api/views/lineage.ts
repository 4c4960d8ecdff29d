import { unreachable } from '../../model/brand.ts';
import type { Incident } from '../../model/incident.ts';
import type { ReviewItem } from '../../model/review.ts';
import type { DecisionFull, OutcomeRecord } from '../../store/ports/reads.ts';
import type { DecisionDetail, Lineage } from '../contract/decisions.ts';

type Parts = {
  readonly decision: DecisionFull;
  readonly features: DecisionDetail['features'];
  readonly outcomes: readonly OutcomeRecord[];
  readonly review: ReviewItem | undefined;
  readonly incidents: readonly Incident[];
};
type Node = Lineage['nodes'][number];
type Edge = Lineage['edges'][number];
type Piece = { readonly nodes: readonly Node[]; readonly edges: readonly Edge[] };

/** Features drawn; the rest share one node, and the table beside the graph has them all. */
const FEATURES_DRAWN = 12;
const DECISION = 'decision';
const href = (...parts: readonly (string | number)[]): string =>
  `/${parts.map(encodeURIComponent).join('/')}`;

/** The path of this decision alone: what it was made from, what made it, and what came of it. */
export function lineageOf(parts: Parts): Lineage {
  const { decision } = parts;
  const own: Node = {
    id: DECISION,
    kind: 'decision',
    label: decision.value,
    detail: `${decision.system} · ${decision.id}`,
    href: null,
    state: decision.correct === null ? 'none' : decision.correct ? 'ok' : 'bad',
  };
  const pieces: readonly Piece[] = [
    sources(parts),
    contract(parts),
    features(parts),
    makers(parts),
    { nodes: [own], edges: [] },
    consequences(parts),
  ];
  return { nodes: pieces.flatMap((p) => p.nodes), edges: pieces.flatMap((p) => p.edges) };
}

function sources({ decision }: Parts): Piece {
  const upstream = decision.upstream.map(
    (id): Node => ({
      id: `upstream:${id}`,
      kind: 'upstream',
      label: id,
      detail: 'an earlier decision',
      href: href('decisions', id),
      state: 'none',
    }),
  );
  const trace: Node[] =
    decision.traceId === ''
      ? []
      : [{ id: 'trace', kind: 'trace', label: 'trace', detail: decision.traceId, href: null, state: 'none' }];
  const nodes = [...upstream, ...trace];
  return {
    nodes,
    edges: nodes.map((node) => ({
      from: node.id,
      to: DECISION,
      label: node.kind === 'trace' ? 'made in' : 'used',
    })),
  };
}

/** Features that broke a promise, as `range:distance` names them. */
const brokenFeatures = ({ violations }: DecisionFull): ReadonlySet<string> =>
  new Set(violations.map((violation) => violation.slice(violation.indexOf(':') + 1)));

/** What its features were held against, and how that went; a replay held them again. */
function contract({ decision, features: all }: Parts): Piece {
  const { contract: label, violations, quarantined, replayedAtMs } = decision;
  if (label === '' && replayedAtMs === null) return { nodes: [], edges: [] };
  const found = violations.length === 0 ? 'kept' : `broke ${violations.length}`;
  const again = replayedAtMs === null ? '' : ', held against it again';
  const node: Node = {
    id: 'contract',
    kind: 'contract',
    label: label === '' ? 'no contract' : label,
    detail: `${found}${quarantined ? ', kept apart' : ''}${again}`,
    href: null,
    state: violations.length === 0 ? 'ok' : quarantined ? 'bad' : 'warn',
  };
  const held = all.slice(0, FEATURES_DRAWN).map(({ name }) => `feature:${name}`);
  const edges = (held.length === 0 ? [DECISION] : held).map((to) => ({
    from: 'contract',
    to,
    label: 'promises',
  }));
  return { nodes: [node], edges };
}

const DETAIL_CHARS = 60;

function detailOf({ kind, value, unit, chars, embedding }: DecisionDetail['features'][number]): string {
  switch (kind) {
    case 'missing':
      return 'missing';
    case 'embedding':
      return `${embedding?.dimensions ?? 0} dimensions`;
    case 'text':
      return chars !== null && chars > DETAIL_CHARS
        ? `${String(value).slice(0, DETAIL_CHARS)}…`
        : String(value);
    case 'numeric':
    case 'categorical':
      return `${value}${unit === '' ? '' : ` ${unit}`}`;
    default:
      return unreachable(kind);
  }
}

const hasModel = ({ model, modelVersion }: DecisionFull): boolean => model !== '' || modelVersion !== '';
const hasPolicy = ({ policy, policyVersion }: DecisionFull): boolean => policy !== '' || policyVersion !== '';

function features({ decision, features: all }: Parts): Piece {
  const shown = all.slice(0, FEATURES_DRAWN);
  const broken = brokenFeatures(decision);
  const nodes = shown.map(
    (feature): Node => ({
      id: `feature:${feature.name}`,
      kind: 'feature',
      label: feature.name,
      detail: detailOf(feature),
      href: `${href('systems', decision.system)}?feature=${encodeURIComponent(feature.name)}`,
      state: broken.has(feature.name) ? 'bad' : feature.drifted || feature.kind === 'missing' ? 'warn' : 'ok',
    }),
  );
  const left = all.length - shown.length;
  const rest: Node[] =
    left === 0
      ? []
      : [
          {
            id: 'features:more',
            kind: 'feature',
            label: `${left} more`,
            detail: 'further features',
            href: null,
            state: 'none',
          },
        ];
  const to = hasModel(decision) ? 'model' : DECISION;
  const drawn = [...nodes, ...rest];
  return { nodes: drawn, edges: drawn.map((node) => ({ from: node.id, to, label: 'input' })) };
}

function makers({ decision }: Parts): Piece {
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  const policy = hasPolicy(decision);
  if (hasModel(decision)) {
    const detail = decision.score === null ? '' : `score ${decision.score.toPrecision(3)}`;
    const label = `${decision.model || 'model'} ${decision.modelVersion}`.trim();
    nodes.push({
      id: 'model',
      kind: 'model',
      label,
      detail,
      href: href('systems', decision.system),
      state: 'none',
    });
    edges.push({ from: 'model', to: policy ? 'policy' : DECISION, label: policy ? 'scored' : 'decided' });
  }
  if (policy) {
    const label = `${decision.policy || 'policy'} ${decision.policyVersion}`.trim();
    nodes.push({
      id: 'policy',
      kind: 'policy',
      label,
      detail: `route ${decision.route}`,
      href: null,
      state: 'none',
    });
    edges.push({ from: 'policy', to: DECISION, label: 'decided' });
  }
  return { nodes, edges };
}

function consequences({ decision, outcomes, review, incidents }: Parts): Piece {
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  if (review !== undefined) {
    nodes.push({
      id: 'review',
      kind: 'review',
      label: review.ruling?.kind ?? review.state,
      detail: review.ruledBy === '' ? `queue ${review.queue}` : `by ${review.ruledBy}`,
      href: `/review?item=${encodeURIComponent(review.id)}`,
      state:
        review.ruling?.kind === 'overturned' ? 'bad' : review.ruling?.kind === 'confirmed' ? 'ok' : 'none',
    });
    edges.push({ from: DECISION, to: 'review', label: 'sent to a person' });
  }
  outcomes.forEach((outcome, i) => {
    const id = `outcome:${i}`;
    const agrees = outcome.kind === 'ruling' ? outcome.value === decision.value : decision.correct;
    const state = agrees === null ? 'none' : agrees ? 'ok' : 'bad';
    const detail = outcome.by === '' ? outcome.kind : `${outcome.kind} by ${outcome.by}`;
    nodes.push({ id, kind: 'outcome', label: outcome.value, detail, href: null, state });
    const ruled = outcome.kind === 'ruling' && review !== undefined;
    edges.push({ from: ruled ? 'review' : DECISION, to: id, label: ruled ? 'ruled' : 'turned out' });
  });
  for (const incident of incidents) {
    const id = `incident:${incident.id}`;
    const state = incident.state === 'resolved' ? 'ok' : 'warn';
    nodes.push({
      id,
      kind: 'incident',
      label: `incident ${incident.id}`,
      detail: incident.title,
      href: href('incidents', incident.id),
      state,
    });
    edges.push({ from: DECISION, to: id, label: 'made during' });
  }
  return { nodes, edges };
}
