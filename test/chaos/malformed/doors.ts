import { Agent, request as httpRequest } from 'node:http';
import { type ClientHttp2Session, connect as http2Connect } from 'node:http2';
import { connect } from 'node:net';
import type { Malformed } from './mutations.ts';

/** What came back; `closed` is a connection that ended without an answer. */
export type Reply =
  | { readonly kind: 'http'; readonly status: number; readonly body: string }
  | { readonly kind: 'grpc'; readonly code: number; readonly message: string }
  | { readonly kind: 'closed' }
  /** Neither an answer nor an end in time. */
  | { readonly kind: 'hung' };

const HANG_LIMIT_MS = 10_000;

/** One sender with connections of its own. */
export class Doors {
  readonly #port: number;
  readonly #grpcPort: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #session: ClientHttp2Session | undefined;

  constructor(port: number, grpcPort: number) {
    this.#port = port;
    this.#grpcPort = grpcPort;
  }

  async send(request: Malformed): Promise<Reply> {
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<Reply>((resolve) => {
      timer = setTimeout(() => resolve({ kind: 'hung' }), HANG_LIMIT_MS);
    });
    const asked =
      request.door === 'grpc'
        ? this.#call(request)
        : request.declaredBytes === undefined
          ? this.#post(request)
          : this.#raw(request, request.declaredBytes);
    const reply = await Promise.race([asked, hung]);
    clearTimeout(timer);
    return reply;
  }

  close(): void {
    this.#agent.destroy();
    this.#session?.destroy();
  }

  #post({ path, headers, body }: Malformed): Promise<Reply> {
    return new Promise((resolve) => {
      const outgoing = httpRequest(
        {
          ...{ agent: this.#agent, host: '127.0.0.1', port: this.#port, path, method: 'POST' },
          headers: { ...headers, 'content-length': body.length },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.once('error', () => resolve({ kind: 'closed' }));
          answer.once('end', () =>
            resolve({
              ...{ kind: 'http', status: answer.statusCode ?? 0 },
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      outgoing.once('error', () => resolve({ kind: 'closed' }));
      outgoing.end(body);
    });
  }

  /** On a connection of its own, which ends after what is held for the request, whatever its length says. */
  #raw({ path, headers, body }: Malformed, declaredBytes: number): Promise<Reply> {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines.join('')}content-length: ${declaredBytes}\r\n\r\n`;
    return new Promise((resolve) => {
      const socket = connect(this.#port, '127.0.0.1', () =>
        socket.write(Buffer.concat([Buffer.from(head), body])),
      );
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.once('error', () => resolve({ kind: 'closed' }));
      socket.once('close', () => {
        const said = Buffer.concat(chunks).toString('latin1');
        const status = /^HTTP\/1\.1 (\d{3})/.exec(said)?.[1];
        if (status === undefined) resolve({ kind: 'closed' });
        else resolve({ kind: 'http', status: Number(status), body: said.split('\r\n\r\n')[1] ?? '' });
      });
    });
  }

  #call({ path, headers, body, declaredBytes }: Malformed): Promise<Reply> {
    const prefix = Buffer.alloc(5);
    prefix[0] = headers['content-encoding'] === undefined ? 0 : 1;
    prefix.writeUInt32BE(declaredBytes ?? body.length, 1);
    return new Promise((resolve) => {
      const stream = this.#open().request({
        ...{ ':method': 'POST', ':path': path, te: 'trailers' },
        'content-type': headers['content-type'] ?? '',
        'grpc-encoding': headers['content-encoding'] ?? 'identity',
      });
      const answered = (given: Readonly<Record<string, unknown>>): void => {
        const status = given[':status'];
        const code = given['grpc-status'];
        if (code !== undefined)
          resolve({ kind: 'grpc', code: Number(code), message: String(given['grpc-message'] ?? '') });
        else if (status !== undefined && status !== 200)
          resolve({ kind: 'http', status: Number(status), body: '' });
      };
      stream.on('response', answered);
      stream.on('trailers', answered);
      stream.on('error', () => resolve({ kind: 'closed' }));
      stream.on('close', () => resolve({ kind: 'closed' }));
      stream.resume();
      stream.end(Buffer.concat([prefix, body]));
    });
  }

  #open(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const session = http2Connect(`http://127.0.0.1:${this.#grpcPort}`);
    session.on('error', () => session.destroy());
    this.#session = session;
    return session;
  }
}
