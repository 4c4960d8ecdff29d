import { vi } from 'vitest';

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A command as a shell would call it, without the start of a process; `undefined` takes a variable away. */
export async function runCommand(
  command: (argv: string[]) => number | Promise<number>,
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation(((text: unknown, done?: unknown) => {
      said[stream] += String(text);
      if (typeof done === 'function') done();
      return true;
    }) as typeof process.stdout.write),
  );
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    return { code: await command([...argv]), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}
