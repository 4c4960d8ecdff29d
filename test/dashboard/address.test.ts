import { describe, expect, it } from 'vitest';
import { matchRoute, titleOf } from '../../dashboard/src/lib/route/routes.ts';
import { decisionQuery, linkTo, patched } from '../../dashboard/src/lib/route/url-state.ts';
import { boundText, parseBound, rangeBetween, rangeLabel } from '../../dashboard/src/lib/time/range.ts';

const params = (text: string) => new URLSearchParams(text);

describe('routes', () => {
  it.each([
    ['/', { page: 'overview' }],
    ['/systems/a%2Fb', { page: 'system', system: 'a/b' }],
    ['/decisions/00123', { page: 'decision', id: '00123' }],
    ['/settings', { page: 'ingest' }],
    ['/settings/documents', { page: 'documents' }],
    ['/review/x', { page: 'not_found', path: '/review/x' }],
    ['/decisions/%E0%A4%A', { page: 'not_found', path: '/decisions/%E0%A4%A' }],
  ])('%s', (path, route) => expect(matchRoute(path)).toEqual(route));

  it('the title names entity, screen and product', () => {
    expect(titleOf({ page: 'incident', id: '12' })).toBe('Incident 12 · Incidents · Leeway');
  });
});

describe('state in the address', () => {
  it('keeps text as text, and takes out what is emptied', () => {
    expect(patched(params('q=x&version=00123'), { q: '', value: 'true' }).toString()).toBe(
      'version=00123&value=true',
    );
  });
  it('carries the range and nothing else, and the target wins', () => {
    expect(linkTo('/slos', params('from=now-7d&to=now&q=x'))).toBe('/slos?from=now-7d&to=now');
    expect(linkTo('/slos?from=now-1h', params('from=now-7d'))).toBe('/slos?from=now-1h');
  });
  it('asks the API for known filters only', () => {
    expect(decisionQuery(params('value=hold&evil=1&cursor=c&from=now-1d'), 50)).toEqual({
      limit: '50',
      value: 'hold',
      cursor: 'c',
      from: 'now-1d',
    });
  });
});

describe('the time range', () => {
  it.each([
    ['', { kind: 'absent' }],
    [' now-36h ', { kind: 'relative', text: 'now-36h' }],
    // 1763900000 s since 1970 is 2025-11-23T12:13:20Z (date -u -d @1763900000).
    ['1763900000000', { kind: 'instant', ms: 1_763_900_000_000 }],
    ['2025-11-23T12:13:20Z', { kind: 'instant', ms: 1_763_900_000_000 }],
  ])('%j', (text, bound) => expect(parseBound(text)).toEqual(bound));

  it('says what it would have taken', () => {
    const bound = parseBound('yesteryear');
    expect(bound.kind === 'bad' && bound.why).toContain('now-36h');
  });
  it('writes instants in UTC and leaves relative text alone', () => {
    expect(boundText(parseBound('2025-11-23T13:13:20+01:00'))).toBe('2025-11-23T12:13:20.000Z');
    expect(boundText(parseBound('now-2d'))).toBe('now-2d');
  });
  it('a drag backwards is the same range, and never an empty one', () => {
    expect(rangeBetween(2_000, 1_000, 10)).toEqual(rangeBetween(1_000, 2_000, 10));
    expect(rangeBetween(1_000, 1_000, 60_000)).toEqual({
      from: '1970-01-01T00:00:01.000Z',
      to: '1970-01-01T00:01:01.000Z',
    });
  });
  it('is named in words', () => {
    expect(rangeLabel({}, String)).toBe('Newest data');
    expect(rangeLabel({ from: 'now-7d', to: 'now' }, String)).toBe('Last 7 days');
    expect(rangeLabel({ from: '1970-01-01T00:00:05Z' }, (ms) => `${ms} ms`)).toBe('5000 ms – now');
  });
});
