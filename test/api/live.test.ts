import { afterAll, describe, expect, it } from 'vitest';
import type { ApiEvent } from '../../api/events.ts';
import { createLiveHub } from '../../api/live-hub.ts';
import { projectId } from '../../model/ids.ts';
import { bearer, openApi } from './support/app.ts';

const test = await openApi();
const project = projectId.parse('default');
const headers = bearer(await test.token(['read']));
afterAll(() => test.api.stop());

/** Reads events until `count` of them are there, as a browser's EventSource would. */
async function take(
  stream: ReadableStream<Uint8Array>,
  count: number,
  release = true,
): Promise<Record<string, string>[]> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const events = () =>
    text
      .split('\n\n')
      .slice(0, -1)
      .map((block) =>
        Object.fromEntries(
          block
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
        ),
      )
      .filter((event) => event.event !== undefined);
  while (events().length < count) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  if (release) await reader.cancel();
  return events();
}
async function open(lastEventId?: string): Promise<ReadableStream<Uint8Array>> {
  const response = await test.ask('/api/v1/events', {
    headers: { ...headers, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  if (response.body === null) throw new Error('no stream');
  return response.body;
}
const tell = (ref: string, of = project) => test.live.publish(of, 'incident', ref, test.clock.nowMs);

describe('live events', () => {
  it('arrive as they happen, of the own project only', async () => {
    const stream = await open();
    await tell('secret', projectId.parse('other'));
    await tell('1');
    await tell('2');
    const events = await take(stream, 2);
    expect(events).toMatchObject([
      { event: 'incident', data: '{"ref":"1"}' },
      { event: 'incident', data: '{"ref":"2"}' },
    ]);
  });

  it('that were missed are replayed once, in order, without the ones that were seen', async () => {
    const first = await open();
    await tell('a');
    const [seen] = await take(first, 1);
    await tell('b');
    await tell('c');
    const again = await open(seen?.id);
    await tell('d');
    expect((await take(again, 3)).map((event) => event.data)).toEqual([
      '{"ref":"b"}',
      '{"ref":"c"}',
      '{"ref":"d"}',
    ]);
  });

  it('that are gone are told by a reset', async () => {
    await tell('old');
    await test.live.trim(test.clock.nowMs + 1);
    expect(await take(await open('0'), 1)).toMatchObject([{ event: 'reset' }]);
  });

  it('are refused with an id that is none', async () => {
    const response = await test.ask('/api/v1/events', {
      headers: { ...headers, 'last-event-id': "1' OR 1=1" },
    });
    expect(response.status).toBe(400);
  });
});

describe('a hub', () => {
  const events: ApiEvent[] = [];
  const hub = createLiveHub({
    live: test.live,
    emit: (event) => events.push(event),
    behind: 4,
    clients: 1,
    heartbeatMs: 5,
  });
  afterAll(() => hub.close());

  it('sends a client that does not read away with a reset, and has room for the next', async () => {
    const slow = await hub.open(project, undefined);
    if (slow === 'full') throw new Error('full');
    expect(await hub.open(project, undefined)).toBe('full');
    // Heartbeats alone fill the four places.
    await expect.poll(() => events).toContainEqual({ kind: 'live_dropped', reason: 'slow' });
    expect((await take(slow, 5, false)).at(-1)).toMatchObject({ event: 'reset' });
    const next = await hub.open(project, undefined);
    expect(next).not.toBe('full');
  });

  it('ends its streams when it closes', async () => {
    const other = createLiveHub({ live: test.live, emit: () => undefined });
    const stream = await other.open(project, undefined);
    if (stream === 'full') throw new Error('full');
    await other.close();
    expect(await take(stream, 1, false)).toEqual([]);
  });
});
