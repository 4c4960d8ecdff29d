/** What the API has to say of itself; one file of the app turns these into metrics, spans and log lines. */
export type ApiEvent =
  | {
      readonly kind: 'answered';
      readonly method: string;
      /** The route's pattern, never the path: a label with an id in it would grow without end. */
      readonly route: string;
      readonly status: number;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'failed';
      readonly method: string;
      readonly path: string;
      readonly requestId: string;
      readonly error: unknown;
    }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  | { readonly kind: 'live_clients'; readonly open: number }
  | { readonly kind: 'live_dropped'; readonly reason: 'slow' | 'too_many' };

export const REFUSAL_REASONS = ['host', 'cross_site', 'token', 'rate', 'too_large'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];
