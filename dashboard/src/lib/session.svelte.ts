import { ask } from './api/ask.ts';
import type { Problem, Session } from './api/contract.ts';
import { api } from './api/endpoints.ts';
import { recall, remember } from './memory.ts';

export type SessionState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'in'; readonly session: Session }
  | { readonly kind: 'out'; readonly problem: Problem | null };

/** Who is looking, and the name that rulings and notes are signed with. */
class CurrentSession {
  state = $state.raw<SessionState>({ kind: 'asking' });
  reviewer = $state(recall('reviewer') ?? '');

  /** The link printed at the first start carries a token: it is swapped for a cookie and leaves the address at once. */
  async start(): Promise<void> {
    const url = new URL(location.href);
    const token = url.searchParams.get('token');
    if (token !== null) {
      url.searchParams.delete('token');
      history.replaceState(null, '', url.pathname + url.search + url.hash);
      await this.signIn(token);
      return;
    }
    await this.refresh();
  }

  async signIn(token: string): Promise<void> {
    const answer = await ask(api.session(), { method: 'POST', body: { token } });
    if (answer.kind === 'problem') this.state = { kind: 'out', problem: answer.problem };
    else await this.refresh();
  }

  async refresh(): Promise<void> {
    const answer = await ask(api.session());
    if (answer.kind === 'ok') this.state = { kind: 'in', session: answer.data };
    else this.state = { kind: 'out', problem: answer.problem.status === 401 ? null : answer.problem };
  }

  async signOut(): Promise<void> {
    await ask(api.session(), { method: 'DELETE' });
    this.state = { kind: 'out', problem: null };
  }

  lost(): void {
    if (this.state.kind === 'in') this.state = { kind: 'out', problem: null };
  }

  /** Name for rulings: what this browser was told, else the session's own. */
  get name(): string {
    if (this.reviewer !== '') return this.reviewer;
    return this.state.kind === 'in' ? this.state.session.name : '';
  }

  call(name: string): void {
    this.reviewer = name.trim();
    remember('reviewer', this.reviewer);
  }

  get ingestUrl(): string {
    return this.state.kind === 'in' ? this.state.session.ingestUrl : '';
  }
}

export const session = new CurrentSession();
