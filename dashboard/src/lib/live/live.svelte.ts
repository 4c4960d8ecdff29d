import type { LiveTopic } from '../api/contract.ts';

const TOPICS: readonly LiveTopic[] = ['ingest', 'analysis', 'slo', 'incident', 'review', 'gate', 'document'];

/** From here on a broken stream is called offline, not reconnecting. */
const OFFLINE_AFTER_MS = 15_000;

export type LiveState = 'connecting' | 'live' | 'paused' | 'reconnecting' | 'offline';

type Listener = { readonly topics: ReadonlySet<LiveTopic>; readonly hear: () => void };

/**
 * The stream of hints. Only a visible tab holds a connection, because HTTP/1.1 gives a browser six of them for one
 * origin; a tab that comes back asks for everything again, as it does after `reset`.
 */
class Live {
  state = $state<LiveState>('connecting');
  /** When the stream broke; the picture is of then. */
  brokenSinceMs = $state<number | null>(null);
  #source: EventSource | null = null;
  #listeners = new Set<Listener>();
  #offline: ReturnType<typeof setTimeout> | undefined;
  #paused = false;
  #missed = false;

  start(): void {
    document.addEventListener('visibilitychange', () => this.#apply());
    this.#apply();
  }

  listen(topics: readonly LiveTopic[], hear: () => void): () => void {
    const listener = { topics: new Set(topics), hear };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  toggle(): void {
    this.#paused = !this.#paused;
    this.#apply();
  }

  get paused(): boolean {
    return this.state === 'paused';
  }

  #apply(): void {
    if (this.#paused) this.#close('paused');
    else if (document.hidden) this.#close(this.state);
    else if (this.#source === null) this.#open();
  }

  #open(): void {
    if (typeof EventSource === 'undefined') return;
    const source = new EventSource('/api/v1/events');
    this.#source = source;
    if (this.state === 'paused') this.state = 'connecting';
    source.addEventListener('open', () => {
      clearTimeout(this.#offline);
      this.#offline = undefined;
      this.state = 'live';
      this.brokenSinceMs = null;
      if (this.#missed) this.#tellAll();
      this.#missed = false;
    });
    source.addEventListener('error', () => this.#broken(source));
    source.addEventListener('reset', () => this.#tellAll());
    for (const topic of TOPICS) source.addEventListener(topic, () => this.#tell(topic));
  }

  #broken(source: EventSource): void {
    this.#missed = true;
    this.brokenSinceMs ??= Date.now();
    if (this.state === 'live' || this.state === 'connecting') this.state = 'reconnecting';
    this.#offline ??= setTimeout(() => {
      this.state = 'offline';
    }, OFFLINE_AFTER_MS);
    // A refusal (a 401, a proxy's page) closes the source for good: the browser does not try again, so we do.
    if (source.readyState === EventSource.CLOSED && this.#source === source) {
      this.#source = null;
      setTimeout(() => this.#apply(), OFFLINE_AFTER_MS / 3);
    }
  }

  #close(state: LiveState): void {
    this.#missed = true;
    this.#source?.close();
    this.#source = null;
    this.state = state;
  }

  #tell(topic: LiveTopic): void {
    for (const listener of this.#listeners) if (listener.topics.has(topic)) listener.hear();
  }

  #tellAll(): void {
    for (const listener of this.#listeners) listener.hear();
  }
}

export const live = new Live();
