import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type Child = {
  readonly process: ChildProcess;
  /** Everything it has said so far, line by line. */
  readonly lines: readonly string[];
  /** The next line after those already taken; undefined when it ended without one. */
  nextLine(): Promise<string | undefined>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Resolves to its exit code when it ends by itself. */
  ended(): Promise<number | null>;
};

/** Runs one of the scripts in `children` as a process of its own. */
export function startChild(script: string, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'children', script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  const gone = once(child, 'close');
  const iterator = reader[Symbol.asyncIterator]();
  reader.on('line', (line) => lines.push(line));
  return {
    process: child,
    lines,
    nextLine: async () => (await iterator.next()).value,
    kill: async (signal) => {
      child.kill(signal);
      await gone;
    },
    ended: async () => {
      await gone;
      return child.exitCode;
    },
  };
}
