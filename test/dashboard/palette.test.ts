import { describe, expect, it } from 'vitest';
import { said } from '../../dashboard/src/lib/data/format.ts';
import { find, type Place } from '../../dashboard/src/lib/palette/find.ts';

const place = (kind: string, label: string): Place => ({ kind, label, href: `/${kind}/${label}` });
const PLACES = [
  place('Incident', '#12 right-call burns its budget'),
  place('Screen', 'Incidents'),
  place('System', 'flights'),
  place('System', 'night-flights'),
  place('SLO', 'right-call'),
];
const labels = (query: string) => find(query, PLACES).map(({ kind, label }) => `${kind} ${label}`);

describe('going somewhere by name', () => {
  it('offers what there is while nothing is typed', () => {
    expect(find('  ', PLACES)).toEqual(PLACES);
  });
  it('puts labels that begin with it first, then words that do, then any', () => {
    expect(labels('flights').slice(0, 2)).toEqual(['System flights', 'System night-flights']);
    expect(labels('right')[0]).toBe('SLO right-call');
    expect(labels('call')).toEqual([
      'Incident #12 right-call burns its budget',
      'SLO right-call',
      'Decision call',
    ]);
  });
  it('asks for every word, in any order, of kind or label', () => {
    expect(labels('budget right')).toEqual(['Incident #12 right-call burns its budget']);
    expect(labels('system night')).toEqual(['System night-flights']);
    expect(labels('system nowhere')).toEqual([]);
  });
  it('takes a number for an incident and a word for the id of a decision, after what it knows', () => {
    expect(find('#7', PLACES)).toEqual([{ kind: 'Incident', label: '#7', href: '/incidents/7' }]);
    expect(find('IAD/ORD 1', PLACES)).toEqual([]);
    expect(find('IAD/ORD', PLACES)).toEqual([
      { kind: 'Decision', label: 'IAD/ORD', href: '/decisions/IAD%2FORD' },
    ]);
  });
  it('shows ten at most, a guess among them', () => {
    const many = Array.from({ length: 40 }, (_, i) => place('System', `flights-${i}`));
    const found = find('flights', many);
    expect(found).toHaveLength(10);
    expect(found.at(-1)).toMatchObject({ kind: 'Decision' });
  });
});

describe('a sentence', () => {
  it('has words for names of our own', () => {
    expect(said('@score: PSI 3.9 passed the limit')).toBe('Model score: PSI 3.9 passed the limit');
    expect(said('distance moved with @value and @unknown')).toBe('distance moved with decision and @unknown');
  });
});
