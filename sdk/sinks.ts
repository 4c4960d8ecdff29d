import type { DecisionRecord } from './record.ts';

export type DecisionSink = (record: DecisionRecord) => void;

/** Who else sees what is sent: test doubles. Empty in production. */
const sinks = new Set<DecisionSink>();

export function addSink(sink: DecisionSink): () => void {
  sinks.add(sink);
  return () => {
    sinks.delete(sink);
  };
}

export function toSinks(record: DecisionRecord): void {
  for (const sink of sinks) sink(record);
}
