import type { AddressInfo, Server } from 'node:net';

export type Place = { readonly host: string; readonly port: number };

/** Resolves with the port that it got when it listens; rejects when it cannot. */
export async function listenAt(server: Server, { host, port }: Place): Promise<{ readonly port: number }> {
  await new Promise<void>((resolve, reject) => {
    // Later on it is of a connection that could not be taken, for want of descriptors: its sender opens another one.
    server.on('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return { port: address.port };
}

/** No new connection. Resolves when the last one is gone. */
export const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
  });
