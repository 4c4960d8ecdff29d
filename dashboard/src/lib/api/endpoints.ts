import type { Range } from '../time/range.ts';
import type { Endpoint } from './ask.ts';
import type {
  AnalysisRow,
  Claimed,
  ContractState,
  DecisionDetail,
  DecisionList,
  Distribution,
  DocumentRow,
  ExplanationView,
  Facets,
  GateView,
  Heatmap,
  IncidentDetail,
  IncidentRow,
  Ledger,
  Overview,
  PerformanceView,
  QueueRow,
  ReviewRow,
  Session,
  SloDetail,
  SloRow,
  SystemDetail,
  SystemRow,
} from './contract.ts';

export type DocumentChange = {
  readonly kind: string;
  readonly name: string;
  readonly change: 'created' | 'changed' | 'unchanged';
  readonly version: number;
};

type Query = Readonly<Record<string, string | undefined>>;

/** An absent or empty value is left out: the API then anchors the range to its newest data. */
export function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') params.set(key, value);
  }
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

const at = <T>(path: string, query: Query = {}): Endpoint<T> => ({ path: withQuery(path, query) });
const seg = encodeURIComponent;

export const api = {
  session: () => at<Session>('/session'),
  overview: (range: Range) => at<Overview>('/overview', range),
  systems: (range: Range) => at<{ rows: SystemRow[] }>('/systems', range),
  system: (system: string, range: Range) => at<SystemDetail>(`/systems/${seg(system)}`, range),
  heatmap: (system: string, range: Range, monitor?: string) =>
    at<Heatmap>(`/systems/${seg(system)}/heatmap`, { ...range, monitor }),
  distribution: (system: string, feature: string, range: Range, monitor?: string) =>
    at<Distribution>(`/systems/${seg(system)}/features/${seg(feature)}/distribution`, { ...range, monitor }),
  contractState: (system: string, range: Range) =>
    at<ContractState>(`/systems/${seg(system)}/contract/violations`, range),
  performance: (system: string, range: Range) =>
    at<PerformanceView>(`/systems/${seg(system)}/performance`, range),
  analysis: () => at<{ rows: AnalysisRow[] }>('/analysis'),
  gate: (system: string) => at<GateView>(`/systems/${seg(system)}/gate`),
  deployments: (system: string) => at<unknown>(`/systems/${seg(system)}/deployments`),
  release: (system: string, version: string) =>
    at<unknown>(`/systems/${seg(system)}/versions/${seg(version)}/release`),
  slos: () => at<{ rows: SloRow[] }>('/slos'),
  slo: (name: string, range: Range) => at<SloDetail>(`/slos/${seg(name)}`, range),
  decisions: (filters: Query) => at<DecisionList>('/decisions', filters),
  facets: (filters: Query) => at<Facets>('/decisions/facets', filters),
  decision: (id: string) => at<DecisionDetail>(`/decisions/${seg(id)}`),
  incidents: (filters: Query) => at<{ rows: IncidentRow[] }>('/incidents', filters),
  incidentExplain: (id: string) => at<ExplanationView>(`/incidents/${seg(id)}/explain`),
  incident: (id: string) => at<IncidentDetail>(`/incidents/${seg(id)}`),
  incidentDo: (id: number, what: 'acknowledge' | 'resolve' | 'notes' | 'actions' | 'judgement') =>
    at<unknown>(`/incidents/${id}/${what}`),
  decideAction: (id: number, action: string) => at<unknown>(`/incidents/${id}/actions/${seg(action)}/decide`),
  queues: () => at<{ rows: QueueRow[] }>('/review/queues'),
  reviewItems: (filters: Query) => at<{ rows: ReviewRow[]; total: number }>('/review/items', filters),
  reviewNext: () => at<Claimed | null>('/review/next'),
  reviewDo: (item: string, what: 'rule' | 'release') => at<ReviewRow>(`/review/items/${seg(item)}/${what}`),
  renewItem: (item: string) => at<ReviewRow>(`/review/items/${seg(item)}/renew`),
  claimItem: (item: string) => at<Claimed>(`/review/items/${seg(item)}/claim`),
  undoRuling: (item: string) => at<Claimed>(`/review/items/${seg(item)}/undo`),
  ledger: (range: Range) => at<Ledger>('/ledger', range),
  documents: (kind?: string) => at<{ rows: DocumentRow[] }>('/documents', { kind }),
  applyDocuments: () => at<{ changes: DocumentChange[] }>('/documents'),
} as const;
