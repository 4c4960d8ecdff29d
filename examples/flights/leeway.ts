import { readFile } from 'node:fs/promises';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import type { Orders } from './service.ts';

export type Outcome = {
  decisionId: string;
  system: 'flights';
  time: number;
  kind: 'label';
  value: 'late' | 'on_time';
};

export type Incident = { id: number; title: string; state: string; severity: string };
export type TimelineEntry = { seq: number; at: string; kind: string; sentence: string };

/** Leeway's doors as this example uses them: HTTP and OpenFeature, nothing else. */
export class Leeway {
  readonly #api: string;
  readonly #ingest: string;
  readonly #headers: Record<string, string>;
  readonly #gate = OpenFeature.getClient();

  constructor(options: { apiUrl: string; ingestUrl: string; token: string }) {
    this.#api = `${options.apiUrl}/api/v1`;
    this.#ingest = options.ingestUrl;
    this.#headers = { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' };
  }

  static async connect(options: { apiUrl: string; ingestUrl: string; token: string }): Promise<Leeway> {
    const headers: [string, string][] = [['authorization', `Bearer ${options.token}`]];
    await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: options.apiUrl, headers }));
    return new Leeway(options);
  }

  async configure(): Promise<void> {
    const yaml = await readFile(new URL('leeway.yaml', import.meta.url), 'utf8');
    await this.#call('POST', '/documents', { yaml });
  }

  async deploy(version: string, atMs: number, note: string): Promise<void> {
    await this.#call('POST', '/systems/flights/deployments', {
      version,
      note,
      at: new Date(atMs).toISOString(),
    });
  }

  /** What the gate says, by the unmodified OpenFeature SDK. */
  async orders(): Promise<Orders> {
    const context = { targetingKey: 'operations-desk' };
    const version = await this.#gate.getStringValue('flights.model-version', 'v1', context);
    const route = await this.#gate.getStringValue('flights.route', 'auto', context);
    return { version: version === 'v2' ? 'v2' : 'v1', route: route === 'review' ? 'review' : 'auto' };
  }

  async tellOutcomes(outcomes: readonly Outcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const response = await fetch(`${this.#ingest}/v1/outcomes`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: outcomes.map((outcome) => JSON.stringify(outcome)).join('\n'),
    });
    if (!response.ok) throw new Error(`outcomes were not taken: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }

  async incidents(): Promise<Incident[]> {
    const answer = (await this.#call('GET', '/incidents?limit=50')) as { rows: Incident[] };
    return answer.rows;
  }

  async timeline(id: number): Promise<TimelineEntry[]> {
    const answer = (await this.#call('GET', `/incidents/${id}`)) as { timeline: TimelineEntry[] };
    return answer.timeline;
  }

  /** How far the analyzers have come, in event time: that of the monitor that is furthest behind. */
  async evaluatedUntilMs(): Promise<number> {
    const { rows } = (await this.#call('GET', '/analysis')) as {
      rows: { system: string; monitors: { evaluatedUntil: string | null }[] }[];
    };
    const monitors = rows.find(({ system }) => system === 'flights')?.monitors ?? [];
    return Math.min(
      ...monitors.map(({ evaluatedUntil }) => (evaluatedUntil ? Date.parse(evaluatedUntil) : 0)),
    );
  }

  async #call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#api}${path}`, {
      method,
      headers: this.#headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
