import type { Range } from '../time/range.ts';
import { rangeOf } from '../time/range.ts';
import { matchRoute, type Route } from './routes.ts';
import { linkTo, type Patch, patched, toHref } from './url-state.ts';

/** The address is the state: everything that changes what is shown is read from here and written here. */
class Router {
  #path = $state(location.pathname);
  #query = $state(location.search);
  params = $derived(new URLSearchParams(this.#query));
  route: Route = $derived(matchRoute(this.#path));
  range: Range = $derived(rangeOf(this.params));

  get path(): string {
    return this.#path;
  }

  start(): void {
    addEventListener('popstate', () => this.#read());
    document.addEventListener('click', (event) => this.#clicked(event));
  }

  /** One entry in the history for one thing that a person did. */
  go(href: string, how: 'push' | 'replace' = 'push'): void {
    if (href === location.pathname + location.search) return;
    const leaves = new URL(href, location.href).pathname !== location.pathname;
    history[how === 'push' ? 'pushState' : 'replaceState'](null, '', href);
    this.#read();
    if (leaves && how === 'push') scrollTo(0, 0);
  }

  set(patch: Patch, how: 'push' | 'replace' = 'push'): void {
    this.go(this.hrefWith(patch), how);
  }

  /** This screen with something changed: for links that are filters. */
  hrefWith(patch: Patch): string {
    return toHref(this.#path, patched(this.params, patch));
  }

  /** Another screen, with the range taken along. */
  link(target: string, patch: Patch = {}): string {
    return linkTo(target, this.params, patch);
  }

  #read(): void {
    this.#path = location.pathname;
    this.#query = location.search;
  }

  /** Plain clicks on our own links stay in the page; every other click is the browser's. */
  #clicked(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(anchor instanceof HTMLAnchorElement) || anchor.target !== '' || anchor.hasAttribute('download'))
      return;
    const url = new URL(anchor.href);
    if (url.origin !== location.origin || url.hash !== '' || isServers(url.pathname)) return;
    event.preventDefault();
    this.go(url.pathname + url.search);
  }
}

/** Addresses that the server answers itself. */
const isServers = (path: string): boolean =>
  /^\/(api|ofrep)\/|^\/(openapi\.json|metrics|healthz|readyz)$/.test(path);

export const router = new Router();
