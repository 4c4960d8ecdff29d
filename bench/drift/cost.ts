/** Wall time is what a person waits; CPU time says what the work takes, whatever else the machine does. */
export type Cost = { readonly wallSeconds: number; readonly cpuSeconds: number };

const round = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;

export async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const [startedMs, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return {
    wallSeconds: round((performance.now() - startedMs) / 1_000),
    cpuSeconds: round((user + system) / 1e6),
  };
}
