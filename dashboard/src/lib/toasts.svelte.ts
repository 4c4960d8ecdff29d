export type Toast = { readonly id: number; readonly tone: 'ok' | 'bad'; readonly text: string };

const SHOWN_MS = 6_000;

/** Results of what this person did, and of nothing else. */
class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #last = 0;

  show(tone: Toast['tone'], text: string): void {
    this.#last += 1;
    const id = this.#last;
    this.list = [...this.list.slice(-2), { id, tone, text }];
    setTimeout(() => this.dismiss(id), SHOWN_MS);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
