import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import HeatMap from '../../dashboard/src/charts/HeatMap.svelte';
import TimeChart from '../../dashboard/src/charts/TimeChart.svelte';
import { share } from '../../dashboard/src/lib/data/format.ts';
import Signals from '../../dashboard/src/pages/incidents/Signals.svelte';
import BudgetBar from '../../dashboard/src/ui/BudgetBar.svelte';
import ProblemNote from '../../dashboard/src/ui/ProblemNote.svelte';
import Time from '../../dashboard/src/ui/Time.svelte';
import { incidentDetail } from '../browser/support/fixtures/incidents.ts';
import { heatmap } from '../browser/support/fixtures/systems.ts';

describe('a chart', () => {
  const props = {
    title: 'Budget',
    sentence: 'It falls.',
    t: [0, 60_000, 120_000],
    bucketMs: 60_000,
    format: share,
  };
  it('is a table as well, where a gap says that nothing is known', async () => {
    render(TimeChart, { ...props, lines: [{ name: 'left', values: [1, null, 0.5], color: 'red' }] });
    await fireEvent.click(screen.getByRole('button', { name: /View as table/ }));
    expect(screen.getAllByRole('cell').map((cell) => cell.textContent)).toEqual(['100 %', '–', '50.0 %']);
  });
  it('is read with the arrow keys', async () => {
    render(TimeChart, { ...props, lines: [{ name: 'left', values: [1, null, 0.5], color: 'red' }] });
    const plot = screen.getByRole('application', { name: /Budget/ });
    await fireEvent.keyDown(plot, { key: 'End' });
    expect(screen.getByText(/left 50\.0 %/)).toBeTruthy();
    await fireEvent.keyDown(plot, { key: 'ArrowLeft' });
    expect(screen.getByText(/left –/)).toBeTruthy();
  });
});

describe('the heat map', () => {
  it('is walked with arrows, and Enter selects the feature', async () => {
    const onselect = vi.fn();
    render(HeatMap, {
      heat: heatmap(),
      sentence: '',
      marks: [],
      selected: 'distance',
      href: (name: string) => `?feature=${name}`,
      onselect,
    });
    const plot = screen.getByRole('application');
    await fireEvent.keyDown(plot, { key: 'End' });
    await fireEvent.keyDown(plot, { key: 'ArrowDown' });
    await fireEvent.keyDown(plot, { key: 'Enter' });
    expect(onselect).toHaveBeenCalledWith('origin_lateness');
    expect(screen.getByText(/^origin_lateness, .*PSI/)).toBeTruthy();
  });
  it('says in words what is too thin to tell', async () => {
    render(HeatMap, {
      heat: heatmap(),
      sentence: '',
      marks: [],
      selected: 'is_hub',
      href: () => '',
      onselect: () => {},
    });
    await fireEvent.keyDown(screen.getByRole('application'), { key: 'Home' });
    expect(screen.getByText(/is_hub.*not enough data, n = 37/)).toBeTruthy();
  });
});

describe('small things', () => {
  it('a budget that is not known is no bar and no number', () => {
    render(BudgetBar, { remaining: null, word: true });
    expect(screen.getByText('no data')).toBeTruthy();
    expect(screen.getByText('No data')).toBeTruthy();
  });
  it('an instant is machine-readable', () => {
    render(Time, { at: '2026-11-22T12:00:00Z' });
    expect(screen.getByText(/22 Nov/).getAttribute('datetime')).toBe('2026-11-22T12:00:00.000Z');
  });
  it('a problem tells what to do, which request it was, and offers another try', async () => {
    const retry = vi.fn();
    render(ProblemNote, {
      problem: {
        type: '',
        title: 'Store down',
        status: 503,
        detail: 'No answer.',
        code: 'x',
        help: 'Wait.',
        requestId: 'r-1',
      },
      retry,
    });
    expect(
      ['Store down', 'No answer.', 'Wait.', 'r-1'].map((text) => screen.getByText(text).tagName),
    ).toEqual(['STRONG', 'P', 'P', 'CODE']);
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(retry).toHaveBeenCalledOnce();
  });
  it('signals: what fires comes first, consequence before its explanation', () => {
    render(Signals, { signals: incidentDetail(12).signalList.toReversed(), system: 'flights' });
    expect(screen.getAllByRole('link').map((link) => link.textContent)).toEqual([
      'flights-correct',
      'distance',
      'is_hub',
      'model score',
    ]);
  });
});
