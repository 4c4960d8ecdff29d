import { parentPort } from 'node:worker_threads';
import type { ProjectId } from '../../model/ids.ts';
import { NO_CONTRACTS, ProjectContracts } from '../contracts/contracts.ts';
import { GUNZIP, inflateAtOnce } from '../http/inflate.ts';
import { freeNow } from '../memory.ts';
import { Refusal } from '../refusal.ts';
import { Decoder } from './decoder.ts';
import type { FromThread, ToThread } from './messages.ts';

/** A thread that decodes, with nothing of its own but buffers and the promises it was told: every job brings the rest. */
const decoder = new Decoder();
const contracts = new Map<ProjectId, ProjectContracts>();

function answer({ id, job, bytes, inflatesToBytes }: Extract<ToThread, { kind: 'job' }>): FromThread {
  const startedMs = performance.now();
  const wire = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const body = inflatesToBytes === undefined ? wire : inflateAtOnce(GUNZIP, wire, inflatesToBytes);
  if (!body) return { kind: 'unfit', id, bytes };
  try {
    const known = contracts.get(job.project) ?? NO_CONTRACTS;
    const { frame, outcome } = decoder.decode({ ...job, contracts: known }, body);
    return { kind: 'decoded', id, frame, outcome, decodeMs: performance.now() - startedMs };
  } catch (error) {
    if (!(error instanceof Refusal)) return { kind: 'fault', id, stack: stackOf(error) };
    return { kind: 'refused', id, reason: error.reason, message: error.message };
  } finally {
    freeNow(wire);
    freeNow(body);
  }
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** Memory that goes with the answer. */
function ownMemory(message: FromThread): ArrayBuffer[] {
  const bytes =
    message.kind === 'decoded' ? message.frame?.bytes : message.kind === 'unfit' ? message.bytes : undefined;
  return bytes && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
}

const tell = (message: FromThread): void => parentPort?.postMessage(message, ownMemory(message));

parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'job') tell(answer(message));
  else if (message.set.contracts.length === 0) contracts.delete(message.project);
  else contracts.set(message.project, new ProjectContracts(message.set));
});
tell({ kind: 'ready' });
