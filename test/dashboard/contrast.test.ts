import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const CSS = readFileSync('dashboard/src/styles/tokens.css', 'utf8');
const TOKENS = new Map(
  [...CSS.matchAll(/--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

/** WCAG 2.2, "relative luminance". */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const TEXT = ['text', 'muted', 'accent', 'ok', 'warn', 'bad', 'none'];
const SOFT = [
  ['ok', 'ok-soft'],
  ['warn', 'warn-soft'],
  ['bad', 'bad-soft'],
  ['none', 'none-soft'],
  ['accent', 'accent-soft'],
  ['accent-text', 'accent'],
  ['text', 'bad-soft'],
  ['text', 'warn-soft'],
] as const;
const PAIRS = [
  ...TEXT.flatMap((text) => ['bg', 'surface', 'sunken'].map((back) => [text, back] as const)),
  ...SOFT,
];

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  it('the formula gives 21 for black on white', () => expect(contrast('#000000', '#ffffff')).toBe(21));
  it.each(PAIRS)('%s on %s is readable: 4.5 to 1 (WCAG 1.4.3)', (front, back) => {
    expect(
      contrast(TOKENS.get(front)?.[theme] ?? '', TOKENS.get(back)?.[theme] ?? ''),
    ).toBeGreaterThanOrEqual(4.5);
  });
  it.each([
    'reference',
    'current',
    'series-1',
    'series-2',
    'line-strong',
    'ok',
    'warn-mark',
    'bad-mark',
    'focus',
  ])('%s can be seen on the surface: 3 to 1 (WCAG 1.4.11)', (mark) => {
    expect(
      contrast(TOKENS.get(mark)?.[theme] ?? '', TOKENS.get('surface')?.[theme] ?? ''),
    ).toBeGreaterThanOrEqual(3);
  });
  it('the heat ramp goes one way, away from the surface', () => {
    const away = Array.from({ length: 7 }, (_, i) =>
      contrast(TOKENS.get(`heat-${i}`)?.[theme] ?? '', TOKENS.get('surface')?.[theme] ?? ''),
    );
    expect(away).toEqual([...away].sort((a, b) => a - b));
  });
});
