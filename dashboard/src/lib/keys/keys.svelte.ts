import { recall, remember } from '../memory.ts';
import { hears, NOTHING_PENDING, press, type Scope } from './keymap.ts';

type Act = () => void;

/** Which shortcuts are live, and what they do: components register while they are on screen. */
class Keys {
  on = $state(recall('keys') !== 'off');
  /** The shortcut that just fired, so that its button can flash. */
  fired = $state<string | null>(null);
  #acts = new Map<string, Act[]>();
  #scopes = new Map<Scope, number>([['global', 1]]);
  #pending = NOTHING_PENDING;

  start(): void {
    document.addEventListener('keydown', (event) => this.#pressed(event));
  }

  switch(on: boolean): void {
    this.on = on;
    remember('keys', on ? 'on' : 'off');
  }

  /** For as long as the component lives. Call in `$effect`. */
  register(scope: Scope, acts: Readonly<Record<string, Act>>): () => void {
    this.#scopes.set(scope, (this.#scopes.get(scope) ?? 0) + 1);
    for (const [id, act] of Object.entries(acts)) this.#acts.set(id, [...(this.#acts.get(id) ?? []), act]);
    return () => {
      this.#scopes.set(scope, (this.#scopes.get(scope) ?? 1) - 1);
      for (const [id, act] of Object.entries(acts)) {
        this.#acts.set(
          id,
          (this.#acts.get(id) ?? []).filter((one) => one !== act),
        );
      }
    };
  }

  #pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.repeat) return;
    if (hears(placeOf(event), this.on).kind === 'ignore') return;
    const live = new Set([...this.#scopes].filter(([, n]) => n > 0).map(([scope]) => scope));
    const pressed = press(event.key, this.#pending, Date.now(), live);
    this.#pending = pressed.kind === 'wait' ? pressed.pending : NOTHING_PENDING;
    if (pressed.kind !== 'run') return;
    const act = this.#acts.get(pressed.id)?.at(-1);
    if (!act) return;
    event.preventDefault();
    this.fired = pressed.id;
    setTimeout(() => {
      if (this.fired === pressed.id) this.fired = null;
    }, 180);
    act();
  }
}

const TYPED =
  'input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable=true]';

function placeOf(event: KeyboardEvent) {
  const target = event.target instanceof Element ? event.target : null;
  const acts = event.key === 'Enter' || event.key === ' ';
  return {
    typing: target?.closest(TYPED) != null,
    modified: event.ctrlKey || event.metaKey || event.altKey,
    inDialog: document.querySelector('dialog[open]') !== null,
    ownsKey:
      (acts && target?.closest('a[href], button, summary, [role=application]') != null) ||
      (event.key.startsWith('Arrow') && target?.closest('[role=application], [role=tablist]') != null),
  };
}

export const keys = new Keys();
