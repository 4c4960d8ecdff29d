import { untrack } from 'svelte';
import { type Answer, ask, type Endpoint } from '../api/ask.ts';
import type { LiveTopic, Problem } from '../api/contract.ts';
import { session } from '../session.svelte.ts';
import { coalesce } from './coalesce.ts';
import { live } from './live.svelte.ts';

/** Hints come in bursts; the picture changes at most this often. */
const COALESCE_MS = 750;

/**
 * What one panel shows: the newest answer of an endpoint. A new address clears it; a refresh keeps the old picture in
 * place until the new one is there, and when the refresh fails it stays, marked stale.
 */
export class Resource<T> {
  data = $state.raw<T | undefined>(undefined);
  problem = $state.raw<Problem | undefined>(undefined);
  loading = $state(true);
  loadedAtMs = $state<number | null>(null);
  reload: () => void = () => {};
  /** The panel that tells of a refusal; others on the same resource only point to it. */
  speaker: string | null = null;

  get stale(): boolean {
    return this.data !== undefined && this.problem !== undefined;
  }
}

export type ResourceOptions = {
  readonly topics?: readonly LiveTopic[];
  /** Keep the old picture while another address loads: filters and ranges of the same screen. */
  readonly keep?: boolean;
};

/** Call while a component is set up. `endpoint` may read state: a change of its path loads anew; null waits. */
export function resource<T>(endpoint: () => Endpoint<T> | null, options: ResourceOptions = {}): Resource<T> {
  const found = new Resource<T>();
  let abort: AbortController | undefined;

  const load = async (target: Endpoint<T>): Promise<void> => {
    abort?.abort();
    const mine = new AbortController();
    abort = mine;
    found.loading = true;
    let answer: Answer<T>;
    try {
      answer = await ask(target, { signal: mine.signal });
    } catch {
      return; // Aborted: a newer request is on its way.
    }
    if (mine.signal.aborted) return;
    settle(found, answer);
  };

  $effect(() => {
    const target = endpoint();
    if (target === null) return;
    untrack(() => {
      if (!options.keep) found.data = undefined;
      found.problem = undefined;
      void load(target);
    });
    found.reload = () => void load(target);
    const { hint, stop } = coalesce(() => void load(target), COALESCE_MS, {
      set: (run, ms) => setTimeout(run, ms),
      clear: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
    });
    const leave = live.listen(options.topics ?? [], hint);
    return () => {
      leave();
      stop();
      abort?.abort();
    };
  });
  return found;
}

function settle<T>(found: Resource<T>, answer: Answer<T>): void {
  found.loading = false;
  if (answer.kind === 'ok') {
    found.data = answer.data;
    found.problem = undefined;
    found.loadedAtMs = Date.now();
    return;
  }
  found.problem = answer.problem;
  if (answer.problem.status === 401) session.lost();
}
