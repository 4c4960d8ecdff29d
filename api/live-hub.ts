import type { ProjectId } from '../model/ids.ts';
import type { LiveBus, LiveEvent } from '../store/ports/live.ts';
import type { ApiEvent } from './events.ts';

const HEARTBEAT_MS = 15_000;
const RETRY_MS = 3_000;
/** Events a client may be behind before it is sent away to ask again. */
const BEHIND = 256;
/** Open screens per process. */
const CLIENTS = 500;

export type LiveHub = {
  /** A stream of server-sent events, or `full`. `afterSeq`: what the client saw last. */
  open(project: ProjectId, afterSeq: number | undefined): Promise<ReadableStream<Uint8Array> | 'full'>;
  close(): Promise<void>;
};

export type LiveHubDeps = {
  readonly live: LiveBus;
  readonly emit: (event: ApiEvent) => void;
  readonly heartbeatMs?: number;
  readonly behind?: number;
  readonly clients?: number;
};

type Client = {
  readonly project: ProjectId;
  /** Held back while the replay is being read. */
  waiting: LiveEvent[] | undefined;
  lastSeq: number;
  readonly send: (text: string) => void;
  readonly end: (reason?: 'slow') => void;
};

const encoder = new TextEncoder();
const RESET = 'event: reset\ndata: {}\n\n';
const textOf = (event: LiveEvent): string =>
  `id: ${event.seq}\nevent: ${event.topic}\ndata: ${JSON.stringify({ ref: event.ref })}\n\n`;

/** One subscription per process for all screens. Every event is checked against its screen's own project. */
export function createLiveHub(deps: LiveHubDeps): LiveHub {
  const clients = new Set<Client>();
  let subscription: Promise<() => Promise<void>> | undefined;

  const deliver = (client: Client, event: LiveEvent): void => {
    if (event.seq <= client.lastSeq) return;
    client.lastSeq = event.seq;
    client.send(textOf(event));
  };
  const onEvent = (event: LiveEvent): void => {
    for (const client of clients) {
      if (client.project !== event.project) continue;
      if (client.waiting !== undefined) client.waiting.push(event);
      else deliver(client, event);
    }
  };
  const subscribed = async (): Promise<void> => {
    subscription ??= deps.live.subscribe(onEvent);
    try {
      await subscription;
    } catch (error) {
      subscription = undefined;
      throw error;
    }
  };
  const replay = async (client: Client, afterSeq: number): Promise<void> => {
    const { reset, events } = await deps.live.after(client.project, afterSeq);
    if (reset) client.send(RESET);
    else for (const event of events) deliver(client, event);
  };

  return {
    async open(project, afterSeq) {
      if (clients.size >= (deps.clients ?? CLIENTS)) {
        deps.emit({ kind: 'live_dropped', reason: 'too_many' });
        return 'full';
      }
      await subscribed();
      const { stream, client } = newClient(project, deps, clients);
      client.send(`retry: ${RETRY_MS}\n\n`);
      try {
        if (afterSeq !== undefined) await replay(client, afterSeq);
      } catch (error) {
        client.end();
        throw error;
      }
      const held = client.waiting ?? [];
      client.waiting = undefined;
      for (const event of held) deliver(client, event);
      return stream;
    },
    async close() {
      for (const client of [...clients]) client.end();
      const stopping = subscription;
      subscription = undefined;
      if (stopping !== undefined) await (await stopping)();
    },
  };
}

function newClient(project: ProjectId, deps: LiveHubDeps, clients: Set<Client>) {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let beat: NodeJS.Timeout | undefined;
  const leave = (): void => {
    clearInterval(beat);
    controller = undefined;
    if (clients.delete(client)) deps.emit({ kind: 'live_clients', open: clients.size });
  };
  const client: Client = {
    project,
    waiting: [],
    lastSeq: 0,
    send(text) {
      if (controller === undefined) return;
      if ((controller.desiredSize ?? 0) <= 0) return client.end('slow');
      controller.enqueue(encoder.encode(text));
    },
    end(reason) {
      const open = controller;
      if (open === undefined) return;
      // It connects again by itself, with the id that it saw last; what is gone by then it asks for anew.
      if (reason === 'slow') {
        deps.emit({ kind: 'live_dropped', reason });
        open.enqueue(encoder.encode(RESET));
      }
      leave();
      open.close();
    },
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      start(started) {
        controller = started;
        beat = setInterval(() => client.send(': beat\n\n'), deps.heartbeatMs ?? HEARTBEAT_MS);
        clients.add(client);
        deps.emit({ kind: 'live_clients', open: clients.size });
      },
      cancel: leave,
    },
    new CountQueuingStrategy({ highWaterMark: deps.behind ?? BEHIND }),
  );
  return { stream, client };
}
