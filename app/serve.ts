import { createAdaptorServer } from '@hono/node-server';

export type WebServer = { readonly port: number; close(): Promise<void> };

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch'];

/** Listens, and resolves with the port once it does; rejects when the port is taken. */
export function serve(fetch: Fetch, host: string, port: number): Promise<WebServer> {
  const server = createAdaptorServer({ fetch });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
  });
}
