import { existsSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

/**
 * The decoding thread with two more things that bodies can ask for: `thread:crash;` ends it at once,
 * and `thread:hold <path>;` keeps it busy until that file is there.
 */
const EVERY_MS = 5;
const never = new Int32Array(new SharedArrayBuffer(4));

parentPort?.on('message', (message: { readonly kind: string; readonly bytes?: Uint8Array }) => {
  const body = Buffer.from(message.bytes ?? []).toString('latin1');
  if (body.includes('thread:crash;')) process.exit(1);
  const [, path] = /thread:hold ([^;]+);/.exec(body) ?? [];
  while (path !== undefined && !existsSync(path)) Atomics.wait(never, 0, 0, EVERY_MS);
});
await import('../../../collector/decode/thread.ts');
