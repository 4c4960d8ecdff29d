import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answers, Question } from './leeway-process.ts';

export type Usage = Answers['meter'];

/** What is measured: a receiver in a process of its own. */
export type Target = {
  readonly port: number;
  /** CPU seconds since its start, memory now, and the most since the last time it was asked. */
  readonly meter: () => Promise<Usage>;
  /** Everything that was acknowledged, so many more records than the last time, went where it goes. */
  readonly drained: (records: number) => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Where the time of the slowest requests since the last time went, of a receiver that tells. */
  readonly slowest?: () => Promise<Answers['slowest']>;
};
export type LeewayTarget = Required<Target> & { readonly disk: () => Promise<Answers['disk']> };

/** With `away` the store takes nothing and the spool keeps it all. */
export async function startLeeway(store: 'stored' | 'away', threads: number): Promise<LeewayTarget> {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
  const child = fork(join(import.meta.dirname, 'leeway-process.ts'), [directory, store, String(threads)]);
  const { port } = await nextMessage<{ port: number }>(child);
  const ask = async <Q extends Question>(question: Q): Promise<Answers[Q]> => {
    const answer = nextMessage<Answers[Q]>(child);
    child.send(question);
    return await answer;
  };
  return {
    port,
    meter: () => ask('meter'),
    drained: async () => void (await ask('drained')),
    disk: () => ask('disk'),
    slowest: () => ask('slowest'),
    stop: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      await ask('stop');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Questions are asked one after the other, so the next message is the answer. */
function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the collector ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Message);
    });
  });
}
