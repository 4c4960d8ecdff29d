import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtDashboard } from './support/built.ts';

type Chunk = {
  file: string;
  css?: string[];
  imports?: string[];
  dynamicImports?: string[];
  isEntry?: boolean;
};
type Manifest = Readonly<Record<string, Chunk>>;

/** Budgets of the design, gzip -9. */
const FIRST_ROUTE_JS_BYTES = 110 * 1024;
const FIRST_ROUTE_CSS_BYTES = 12 * 1024;
const WHOLE_APP_JS_BYTES = 450 * 1024;

let directory: string;
let manifest: Manifest;
beforeAll(async () => {
  directory = await builtDashboard();
  manifest = JSON.parse(readFileSync(join(directory, '.vite/manifest.json'), 'utf8')) as Manifest;
});

const packed = (file: string): number =>
  gzipSync(readFileSync(join(directory, file)), { level: 9 }).byteLength;
const sizeOf = (files: Iterable<string>): number => [...files].reduce((all, file) => all + packed(file), 0);

/** A chunk and all that it loads at once. */
function closure(key: string, found = new Set<string>()): Set<string> {
  if (found.has(key)) return found;
  found.add(key);
  for (const next of manifest[key]?.imports ?? []) closure(next, found);
  return found;
}

describe('what a browser loads', () => {
  const firstRoute = (): Chunk[] =>
    [...new Set([...closure('index.html'), ...closure('src/pages/overview/Overview.svelte')])].map(
      (key) => manifest[key] as Chunk,
    );

  it('the first route stays within its budget', () => {
    const chunks = firstRoute();
    expect(chunks.length).toBeGreaterThan(2);
    const js = sizeOf(new Set(chunks.map((chunk) => chunk.file)));
    const css = sizeOf(new Set(chunks.flatMap((chunk) => chunk.css ?? [])));
    console.log(
      `first route: ${(js / 1024).toFixed(1)} KB of JS, ${(css / 1024).toFixed(1)} KB of CSS, gzip`,
    );
    expect(js).toBeLessThan(FIRST_ROUTE_JS_BYTES);
    expect(css).toBeLessThan(FIRST_ROUTE_CSS_BYTES);
  });

  it('the whole app stays within its budget, and every other screen comes when it is asked for', () => {
    const js = Object.values(manifest)
      .map((chunk) => chunk.file)
      .filter((file) => file.endsWith('.js'));
    expect(sizeOf(new Set(js))).toBeLessThan(WHOLE_APP_JS_BYTES);
    // Twelve screens and the palette.
    expect(manifest['index.html']?.dynamicImports?.length).toBe(13);
  });

  it('the page has no inline script and asks no other host', () => {
    const html = readFileSync(join(directory, 'index.html'), 'utf8');
    expect(html.match(/<script(?![^>]*\ssrc=)/g)).toBeNull();
    expect(html.match(/\b(?:src|href)="(?!\/)/g)).toBeNull();
  });
});
