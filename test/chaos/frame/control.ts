import type { Observed, Shown } from './checker.ts';
import type { Oracle } from './oracle.ts';
import { type ChaosRecord, controlRecord } from './records.ts';
import { between, pick, type Random, seeded } from './seed.ts';
import { pause } from './workload.ts';

/** Where the API is, and with which token; undefined while nobody listens. */
export type ControlDoor = () => { readonly webUrl: string; readonly token: string } | undefined;

export type ControlOptions = {
  readonly seed: number;
  readonly oracle: Oracle;
  readonly door: ControlDoor;
};

const GATED = 'chaos-gate';
const RETRY_MS = 20;
const ANSWER_LIMIT_MS = 30_000;

type Answer = { readonly status: number; readonly body: unknown };

/** One person at the API: applies documents, turns the gate, claims and rules. Each write is one transaction in Postgres. */
export class ControlWorkload {
  readonly #options: ControlOptions;
  readonly #random: Random;
  readonly #running: Promise<void>;
  #stopping = false;
  #made = 0;
  #deployed = false;
  readonly done = { documents: 0, gates: 0, rulings: 0 };

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#random = seeded(options.seed, 'control');
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      if (!this.#deployed) await this.#deploy();
      else await pick(this.#random, [() => this.#apply(), () => this.#turn(), () => this.#rule()])();
    }
  }

  async #deploy(): Promise<void> {
    const answer = await this.#ask('POST', `/systems/${GATED}/deployments`, { version: '1' });
    // 409: the attempt before it was taken, and its answer lost.
    this.#deployed = answer?.status === 200 || answer?.status === 409;
  }

  /** A document can be applied again without harm, so it is until the answer comes. */
  async #apply(): Promise<void> {
    const name = `chaos-${this.#made++}`;
    const owner = `owner-${between(this.#random, 1, 1_000_000)}`;
    const yaml = `apiVersion: leeway.dev/v1\nkind: System\nmetadata: { name: ${name} }\nspec: { owner: ${owner} }\n`;
    const records = [documentRecord(name, owner), auditRecord('document.applied', `System/${name}`)];
    while (!this.#stopping) {
      const answer = await this.#write(`apply ${name}`, records, '/documents', { yaml });
      if (answer?.status !== 200) continue;
      this.done.documents += 1;
      return;
    }
  }

  /** Not to be repeated: another turn of the gate is another entry. */
  async #turn(): Promise<void> {
    const at = this.#made++;
    const reason = `turn ${at}`;
    const records = [auditRecord('gate.changed', reason)];
    const order = { route: at % 2 === 0 ? 'auto' : 'review', servingVersion: String(at), reason };
    const answer = await this.#write(reason, records, `/systems/${GATED}/gate`, order);
    if (answer?.status === 200) this.done.gates += 1;
  }

  /** Whoever claims may rule, and rule once. */
  async #rule(): Promise<void> {
    const reviewer = 'chaos';
    const claim = await this.#ask('POST', '/review/next', { reviewer, queue: 'default' });
    const held = claim?.status === 200 ? claimOf(claim.body) : undefined;
    if (held === undefined) return;
    const records = [auditRecord('review.ruled', held.id)];
    const ruling = { kind: 'confirmed', note: `ruling of ${held.id}` };
    const answer = await this.#write(`rule ${held.id}`, records, `/review/items/${held.id}/rule`, {
      ...{ reviewer, fence: held.fence, ruling },
    });
    if (answer?.status === 200) this.done.rulings += 1;
  }

  async #write(
    id: string,
    records: readonly ChaosRecord[],
    path: string,
    body: object,
  ): Promise<Answer | undefined> {
    const { oracle, door } = this.#options;
    const obligation = { id, records, rejected: 0 };
    if (door() === undefined) {
      await pause(RETRY_MS);
      return undefined;
    }
    oracle.controlIssued(obligation);
    const answer = await this.#ask('POST', path, body);
    if (answer?.status === 200) oracle.controlAcknowledged(obligation);
    else if (answer !== undefined && answer.status !== 503)
      oracle.wrong(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer;
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer | undefined> {
    const door = this.#options.door();
    const answer =
      door === undefined ? undefined : await ask(door, method, path, body).catch(() => undefined);
    if (answer === undefined) {
      if (door !== undefined) this.#options.oracle.controlUnanswered();
      await pause(RETRY_MS);
    }
    return answer;
  }
}

type Open = NonNullable<ReturnType<ControlDoor>>;

async function ask({ webUrl, token }: Open, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${webUrl}/api/v1${path}`, {
    method,
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const documentRecord = (name: string, owner: string): ChaosRecord =>
  controlRecord('documents', `System/${name}`, [owner]);
const auditRecord = (what: string, subject: string): ChaosRecord =>
  controlRecord('audit', `${what} ${subject}`, []);

function claimOf(body: unknown): { readonly id: string; readonly fence: number } | undefined {
  const claim = body as { item: { id: string }; fence: number } | null;
  return claim === null ? undefined : { id: claim.item.id, fence: claim.fence };
}

/** What the API takes for one page of the audit log. */
const AUDIT_PAGE = 500;

type DocumentRow = { readonly name: string; readonly yaml: string };
type AuditRow = {
  readonly seq: number;
  readonly what: string;
  readonly subject: string;
  readonly sentence: string;
};
type Rows<Row> = { readonly rows: readonly Row[] };

export type ObservedControl = Pick<Observed, 'shown'> & {
  /** How often the gate was turned: by its own count, and by the audit log's. */
  readonly gateRevision: number;
  readonly gateEntries: number;
};

/** Everything that was said over the API, as the API shows it. */
export async function observeControl(open: Open): Promise<ObservedControl> {
  const read = async <T>(path: string): Promise<T> => (await ask(open, 'GET', path)).body as T;
  const documents = (await read<Rows<DocumentRow>>('/documents?kind=System')).rows;
  const audit = await readAudit((path) => read<Rows<AuditRow>>(path));
  const { revision } = await read<{ revision: number }>(`/systems/${GATED}/gate`);
  const found = [
    ...documents.map(({ name, yaml }) => documentRecord(name, /owner: (\S+)/.exec(yaml)?.[1] ?? '')),
    ...audit.flatMap(watched),
  ];
  return {
    shown: found.map((one): Shown => ({ ...one, times: 1 })),
    gateRevision: revision,
    gateEntries: audit.filter(({ what, subject }) => what === 'gate.changed' && subject === GATED).length,
  };
}

async function readAudit(read: (path: string) => Promise<Rows<AuditRow>>): Promise<AuditRow[]> {
  const all: AuditRow[] = [];
  for (;;) {
    const before = all.at(-1)?.seq;
    const { rows } = await read(
      `/audit?limit=${AUDIT_PAGE}${before === undefined ? '' : `&before=${before}`}`,
    );
    all.push(...rows);
    if (rows.length < AUDIT_PAGE) return all;
  }
}

/** Entries of what the workload does; the gate's first one is its deployment, which is no turn. */
function watched({ what, subject, sentence }: AuditRow): ChaosRecord[] {
  if (what === 'gate.changed') return sentence.startsWith('turn ') ? [auditRecord(what, sentence)] : [];
  return what === 'document.applied' || what === 'review.ruled' ? [auditRecord(what, subject)] : [];
}
