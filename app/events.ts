import type { KeptPostgresEvent } from '../store/postgres/kept-server.ts';

/** What the process itself has to tell. */
export type AppEvent =
  | { readonly kind: 'started'; readonly tookMs: number; readonly webUrl: string; readonly ingestUrl: string }
  | { readonly kind: 'stopping'; readonly why: string }
  | { readonly kind: 'close_failed'; readonly name: string; readonly error: unknown }
  | { readonly kind: 'broken_parts'; readonly table: string; readonly parts: number }
  | KeptPostgresEvent
  | { readonly kind: 'trim_failed' | 'publish_failed' | 'gate_cache_failed'; readonly error: unknown };
