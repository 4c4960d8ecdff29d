import pg from 'pg';

type OnPayload = (payload: string) => void;

export type Listener = {
  listen(channel: string, onPayload: OnPayload): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/** One connection of its own for LISTEN, made when first needed; it comes back by itself with all its channels. */
export function createListener(url: string): Listener {
  const channels = new Map<string, Set<OnPayload>>();
  let closed = false;
  let connecting: Promise<pg.Client> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let retryMs = FIRST_RETRY_MS;

  /** Whatever was notified meanwhile is gone: an empty payload says "look for yourself". */
  const tellAll = (): void => {
    for (const callbacks of channels.values()) for (const onPayload of callbacks) onPayload('');
  };

  const lost = (client: pg.Client): void => {
    client.removeAllListeners();
    client.on('error', () => undefined);
    client.end().catch(() => undefined);
    connecting = undefined;
    if (closed || channels.size === 0 || retry !== undefined) return;
    retry = setTimeout(() => {
      retry = undefined;
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      connection().then(tellAll, () => undefined);
    }, retryMs);
    retry.unref();
  };

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'leeway listener',
      keepAlive: true,
    });
    client.on('error', () => lost(client));
    client.on('end', () => lost(client));
    client.on('notification', ({ channel, payload }) => {
      for (const onPayload of channels.get(channel) ?? []) onPayload(payload ?? '');
    });
    try {
      await client.connect();
      for (const channel of channels.keys()) await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
    } catch (error) {
      lost(client);
      throw error;
    }
    retryMs = FIRST_RETRY_MS;
    return client;
  };
  const connection = (): Promise<pg.Client> => {
    connecting ??= connect();
    return connecting;
  };

  return {
    listen: async (channel, onPayload) => {
      const before = channels.get(channel);
      channels.set(channel, (before ?? new Set()).add(onPayload));
      const client = await connection();
      if (before === undefined) await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      return async () => {
        const callbacks = channels.get(channel);
        callbacks?.delete(onPayload);
        if (callbacks === undefined || callbacks.size > 0) return;
        channels.delete(channel);
        await connecting
          ?.then((open) => open.query(`UNLISTEN ${open.escapeIdentifier(channel)}`))
          .catch(() => undefined);
      };
    },
    close: async () => {
      closed = true;
      clearTimeout(retry);
      channels.clear();
      await connecting?.then((client) => client.end()).catch(() => undefined);
    },
  };
}
