import type { ProjectId } from '../../model/ids.ts';
import type { ContractSet } from '../contracts/contracts.ts';
import type { Outcome } from '../http/answer.ts';
import type { Reason } from '../reasons.ts';
import type { FrameHeader } from '../spool/frame.ts';
import type { Job } from './decoder.ts';

/** What a decoding thread is told. A port keeps the order: promises come before the jobs that they hold for. */
export type ToThread =
  | { readonly kind: 'contracts'; readonly project: ProjectId; readonly set: ContractSet }
  | {
      readonly kind: 'job';
      readonly id: number;
      readonly job: Omit<Job, 'contracts'>;
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** The bytes are gzip that says it becomes so many. */
      readonly inflatesToBytes: number | undefined;
    };

/** What it answers: to each job once. */
export type FromThread =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'decoded';
      readonly id: number;
      readonly frame: { readonly header: FrameHeader; readonly bytes: Uint8Array } | undefined;
      readonly outcome: Outcome;
      readonly decodeMs: number;
    }
  | { readonly kind: 'refused'; readonly id: number; readonly reason: Reason; readonly message: string }
  /** The gzip is not what it says: somebody has to inflate it piece by piece. The bytes come back. */
  | { readonly kind: 'unfit'; readonly id: number; readonly bytes: Uint8Array }
  /** A mistake of ours. */
  | { readonly kind: 'fault'; readonly id: number; readonly stack: string };
