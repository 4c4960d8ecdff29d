import { hash } from 'node:crypto';
import type { RowWriter } from './writer.ts';

/**
 * Tells a log record or data point from others, for OTLP gives them no id: a hash of its row, and how many equal ones
 * stood before it in its request. So a request that is sent again is recognised, and equal records inside one request
 * stay as many as they are.
 */
export class RecordHash {
  #seen = new Map<number, number>();

  reset(): void {
    if (this.#seen.size > 0) this.#seen = new Map();
  }

  /** UInt64 of the row that starts at `begin` and ends here. */
  write(writer: RowWriter, begin: number): void {
    const digest = hash('sha256', writer.bytes.subarray(begin, writer.length), 'buffer');
    const key = digest.readUIntLE(0, 6);
    const before = this.#seen.get(key) ?? 0;
    this.#seen.set(key, before + 1);
    writer.i64(digest.readInt32LE(0), digest.readInt32LE(4) + before);
  }
}
