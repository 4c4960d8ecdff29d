/** What the analyzers did, for metrics, spans and log lines; one listener turns them into these. */
export type AnalyzerEvent =
  | {
      readonly kind: 'profiled';
      readonly project: string;
      readonly system: string;
      /** Decisions and outcomes in the new segments. */
      readonly newRows: number;
      readonly restatedMinutes: number;
      readonly profiledUntilMs: number;
      readonly tookMs: number;
    }
  | {
      readonly kind: 'evaluated';
      readonly project: string;
      readonly system: string;
      readonly monitor: string;
      readonly findings: number;
      readonly evaluatedUntilMs: number;
      /** Event time between the watermark and what was evaluated. */
      readonly behindMs: number;
      readonly tookMs: number;
    }
  | {
      readonly kind: 'monitor_failed';
      readonly project: string;
      readonly system: string;
      readonly monitor: string;
      readonly error: unknown;
    }
  | {
      readonly kind: 'tick_failed';
      readonly project: string;
      readonly system: string;
      readonly error: unknown;
    }
  | { readonly kind: 'schedule_failed'; readonly error: unknown };
