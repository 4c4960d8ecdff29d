import { DEFAULT_PROJECT, type ProjectId } from '../../model/ids.ts';
import type { TokenStore } from '../../store/ports/tokens.ts';
import type { RatedSender } from '../quota/rate.ts';
import { Refusal } from '../refusal.ts';

/** Tokens remembered at once; beyond it the oldest are asked for again. */
const MAX_REMEMBERED = 10_000;

export type ProjectOptions = {
  readonly tokens: Pick<TokenStore, 'verify'>;
  /** When false, a request without a token belongs to the default project: for a collector that only loopback reaches. */
  readonly requireToken: boolean;
  readonly cacheMs: number;
  readonly nowMs: () => number;
};

/** Whose records these are, and by which token. */
export type Sender = RatedSender & { readonly project: ProjectId };

type Known = { readonly until: number; readonly answer: Sender | Refusal };

/** Who sends without a token shares one rate. */
const NO_TOKEN: Sender = { key: '', project: DEFAULT_PROJECT };

/** Tenancy comes from the credential alone, never from a payload. */
export class Projects {
  readonly #options: ProjectOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: ProjectOptions) {
    this.#options = options;
  }

  async of(authorization: string | undefined): Promise<Sender> {
    if (authorization === undefined) {
      if (this.#options.requireToken) throw new Refusal('unauthenticated', 'an ingest token is required');
      return NO_TOKEN;
    }
    const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined)
      throw new Refusal('unauthenticated', 'the Authorization header is not `Bearer <token>`');
    const answer = await this.#verify(token);
    if (answer instanceof Refusal) throw answer;
    return answer;
  }

  async #verify(token: string): Promise<Sender | Refusal> {
    const { tokens, cacheMs, nowMs } = this.#options;
    const known = this.#known.get(token);
    if (known && known.until > nowMs()) return known.answer;
    const answer = await this.#ask(tokens, token);
    this.#known.delete(token);
    if (this.#known.size >= MAX_REMEMBERED) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(token, { until: nowMs() + cacheMs, answer });
    return answer;
  }

  async #ask(tokens: ProjectOptions['tokens'], token: string): Promise<Sender | Refusal> {
    let principal: Awaited<ReturnType<TokenStore['verify']>>;
    try {
      principal = await tokens.verify(token);
    } catch (cause) {
      // Not remembered: the sender comes again, and by then the store may answer.
      throw new Refusal('overloaded', 'the token cannot be checked right now', cause);
    }
    if (!principal) return new Refusal('unauthenticated', 'the token is unknown or revoked');
    if (!principal.scopes.includes('ingest'))
      return new Refusal('forbidden', 'the token has no `ingest` scope');
    const { tokenId, project, quota } = principal;
    return { key: tokenId, project, ...(quota === undefined ? {} : { quota }) };
  }
}
