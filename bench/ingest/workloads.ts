import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { decisionSpans, jsonDecisions, jsonSpans, type Payload, plainSpans, seeded } from './payloads.ts';

type Make = (random: () => number, count: number, startMs: number) => Payload;
type WorkloadSpec = {
  readonly path: string;
  readonly contentType: string;
  readonly make: Make;
  readonly table: 'spans' | 'decisions';
};

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
export const WORKLOADS = {
  'spans, protobuf': { path: '/v1/traces', contentType: PROTOBUF, make: plainSpans, table: 'spans' },
  'decisions, protobuf': {
    path: '/v1/traces',
    contentType: PROTOBUF,
    make: decisionSpans,
    table: 'decisions',
  },
  'spans, JSON': { path: '/v1/traces', contentType: JSON_TYPE, make: jsonSpans, table: 'spans' },
  'decisions, JSON': {
    path: '/v1/decisions',
    contentType: JSON_TYPE,
    make: jsonDecisions,
    table: 'decisions',
  },
} as const satisfies Record<string, WorkloadSpec>;
export type Workload = keyof typeof WORKLOADS;

/** Payloads made before any clock runs, in a file: each with its length in front, all with the same number of records. */
export type PayloadFile = {
  readonly file: string;
  readonly workload: Workload;
  readonly perRequest: number;
  readonly requests: number;
  readonly bytes: number;
};

/** No record is made twice: ids are random, and times go on from payload to payload. */
export function preparePayloads(
  file: string,
  workload: Workload,
  perRequest: number,
  requests: number,
  startMs: number,
): PayloadFile {
  const random = seeded(perRequest * 1_000 + requests);
  const descriptor = openSync(file, 'w');
  let bytes = 0;
  for (let at = 0; at < requests; at++) {
    const { body } = WORKLOADS[workload].make(random, perRequest, startMs + at * perRequest);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    writeSync(descriptor, length);
    writeSync(descriptor, body);
    bytes += body.length;
  }
  closeSync(descriptor);
  return { file, workload, perRequest, requests, bytes };
}

export function readPayloads({ file }: PayloadFile): Buffer[] {
  const all = readFileSync(file);
  const payloads: Buffer[] = [];
  for (let at = 0; at < all.length; ) {
    const end = at + 4 + all.readUInt32LE(at);
    payloads.push(all.subarray(at + 4, end));
    at = end;
  }
  return payloads;
}
