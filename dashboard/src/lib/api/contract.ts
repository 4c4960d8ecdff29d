// The one place where the dashboard names the API's answers. Types only: nothing of this reaches the browser.

export type { AnalysisRow } from '../../../../api/contract/analysis.ts';
export type { Freshness, Problem, Series } from '../../../../api/contract/common.ts';
export type { ContractState } from '../../../../api/contract/contracts.ts';
export type {
  DecisionDetail,
  DecisionList,
  DecisionRow,
  Facets,
  Lineage,
  Span,
} from '../../../../api/contract/decisions.ts';
export type { ExplanationView } from '../../../../api/contract/explain.ts';
export type {
  ActionView,
  DeliveryView,
  IncidentDetail,
  IncidentRow,
  SignalView,
  TimelineView,
} from '../../../../api/contract/incidents.ts';
export type { DocumentRow, Ledger, LiveTopic, Session } from '../../../../api/contract/operate.ts';
export type { Attention, Change, Overview, SystemRow } from '../../../../api/contract/overview.ts';
export type { MetricRow, PerformanceView } from '../../../../api/contract/performance.ts';
export type { Claimed, QueueRow, ReviewRow } from '../../../../api/contract/review.ts';
export type { BurnPair, SloDetail, SloRow } from '../../../../api/contract/slos.ts';
export type {
  Distribution,
  FeatureRow,
  GateView,
  Heatmap,
  SystemDetail,
  VersionRow,
} from '../../../../api/contract/systems.ts';
