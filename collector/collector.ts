import type { ProjectId } from '../model/ids.ts';
import type { LedgerEntry, LedgerStore } from '../store/ports/ledger.ts';
import { foldLedger } from '../store/ports/ledger.ts';
import type { LoadStore } from '../store/ports/loads.ts';
import type { IngestQuota, TokenStore } from '../store/ports/tokens.ts';
import { ContractBook, type ContractSource } from './contracts/book.ts';
import { Decoding } from './decode/decoding.ts';
import { DecodeThreads } from './decode/threads.ts';
import type { Emit, SignalCounts } from './events.ts';
import { GrpcServer } from './grpc/server.ts';
import { ByteBudget } from './http/budget.ts';
import { type CorsPolicy, NO_CORS } from './http/cors.ts';
import { Projects } from './http/projects.ts';
import { CollectorServer } from './http/server.ts';
import { type CollectorLimits, DEFAULT_LIMITS } from './limits.ts';
import { SegmentLoader } from './loader/loader.ts';
import { LoadWorker } from './loader/worker.ts';
import { IngestPath } from './path.ts';
import { LoopLag, Overload } from './quota/overload.ts';
import { RateQuota } from './quota/rate.ts';
import { FairBudget } from './quota/share.ts';
import { FairTurns } from './quota/turns.ts';
import { RefusalBook, type RefusalNote } from './refusals.ts';
import { nodeFiles, type SpoolFiles } from './spool/files.ts';
import { listSetAside, type SetAside } from './spool/set-aside.ts';
import { Spool } from './spool/spool.ts';

export type CollectorDeps = {
  /** Segments live here; the directory is made when it is missing, and belongs to this collector alone. */
  readonly spoolDirectory: string;
  readonly host: string;
  /** 0 asks the system for a free one. */
  readonly port: number;
  /** Of OTLP over gRPC; 0 asks the system, and left out there is none. */
  readonly grpcPort?: number;
  /** False only where nobody but this machine reaches the port. */
  readonly requireToken: boolean;
  /** Left out: no page of another origin may send. */
  readonly cors?: CorsPolicy;
  readonly tokens: Pick<TokenStore, 'verify'>;
  /** Left out: nobody promised anything, and nothing is masked. */
  readonly contracts?: ContractSource;
  readonly loads: LoadStore;
  readonly ledger: LedgerStore;
  /** Unique to this process: readers follow `loaded_at` per loader. */
  readonly loaderId: string;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly newId: () => string;
  readonly emit: Emit;
  /** Rows of a project became visible in the store. */
  readonly onLoaded: (project: ProjectId, stored: SignalCounts) => void;
  readonly limits?: Partial<CollectorLimits>;
  /** Of each token without one of its own; left out, such a token has none. */
  readonly quota?: IngestQuota;
  /** That inflate and decode what is large; 0 or left out, the thread that receives does it all. */
  readonly threads?: number;
  /** Another disk, another program for the threads, another look at how long work waits: for tests. */
  readonly files?: SpoolFiles;
  readonly threadEntry?: URL;
  readonly waitMs?: () => number;
};

export type Collector = {
  /** Takes over what an earlier process left in the spool, then listens. */
  start(): Promise<{ readonly port: number; readonly grpcPort: number | undefined }>;
  /** Answers what is under way, seals the spool and loads it within the limit `drainMs`; the rest waits for the next start. */
  stop(): Promise<void>;
  /** The project's contracts are others now: they hold for the next record. Told by nobody, they hold a second later. */
  contractsChanged(project: ProjectId): void;
  /** What is on disk and not in the store yet, as lines of the ledger. */
  pending(): LedgerEntry[];
  /** The last refusals, newest first. */
  refusals(): readonly RefusalNote[];
  /** What waits in the spool's quarantine for a person, newest first. */
  setAside(): Promise<readonly SetAside[]>;
};

/** How long refused requests are counted in memory before the spool notes them. */
const REFUSAL_NOTE_MS = 250;

export function createCollector(deps: CollectorDeps): Collector {
  const limits: CollectorLimits = { ...DEFAULT_LIMITS, ...deps.limits };
  const { nowMs, random, emit, ledger } = deps;
  const files = deps.files ?? nodeFiles;
  const spool = new Spool({
    directory: deps.spoolDirectory,
    segmentBytes: limits.segmentBytes,
    segmentAgeMs: limits.segmentAgeMs,
    commitWindowMs: limits.commitWindowMs,
    quotaBytes: limits.spoolBytes,
    files,
    emit,
    onSealed: () => worker.wake(),
  });
  const loader = new SegmentLoader({
    directory: deps.spoolDirectory,
    loads: deps.loads,
    ledger,
    loaderId: deps.loaderId,
    files,
    nowMs,
    emit,
  });
  const worker = new LoadWorker({
    ...{ spool, loader, ledger, nowMs, random, emit, onLoaded: deps.onLoaded },
    retryMs: limits.storeRetryMs,
  });

  let noteTimer: NodeJS.Timeout | undefined;
  let stopped = false;
  const noteRefusals = async (): Promise<void> => {
    clearTimeout(noteTimer);
    noteTimer = undefined;
    // A full spool or disk takes them later; until then they are in the metrics alone.
    await Promise.all(refusals.take().map(({ frame, giveBack }) => spool.append(frame).catch(giveBack)));
  };
  const refusals = new RefusalBook(() => {
    if (!stopped) noteTimer ??= setTimeout(() => void noteRefusals(), REFUSAL_NOTE_MS);
  });

  const projects = new Projects({
    tokens: deps.tokens,
    requireToken: deps.requireToken,
    cacheMs: limits.tokenCacheMs,
    nowMs,
  });
  const budget = new FairBudget(new ByteBudget(limits.inFlightBytes), limits.inFlightBytes);
  const quota = new RateQuota(deps.quota, nowMs);
  const contracts = new ContractBook(deps.contracts, nowMs);
  const threads = new DecodeThreads({
    threads: deps.threads ?? 0,
    ...(deps.threadEntry === undefined ? {} : { entry: deps.threadEntry }),
    emit,
  });
  const decoding = new Decoding(new FairTurns(nowMs), threads, limits.hereBytes);
  const lag = new LoopLag();
  const waitMs = deps.waitMs ?? (() => Math.max(lag.lateMs, threads.oldestWaitMs, spool.oldestWaitMs));
  const overload = new Overload(waitMs, limits.admissionWaitMs);
  const path = new IngestPath({
    ...{ projects, overload, contracts, quota, budget, limits, decoding, spool, refusals, nowMs, emit },
  });
  const { headersTimeoutMs } = limits;
  const { host, port, newId } = deps;
  const cors = deps.cors ?? NO_CORS;
  const server = new CollectorServer({ host, port, headersTimeoutMs, path, cors, newId, random, emit });
  const { bodyTimeoutMs: messageTimeoutMs } = limits;
  const grpc =
    deps.grpcPort === undefined
      ? undefined
      : new GrpcServer({ host, port: deps.grpcPort, messageTimeoutMs, path, random, emit });

  return {
    start: async () => {
      threads.start();
      await spool.open();
      lag.start();
      const { port: httpPort } = await server.listen();
      return { port: httpPort, grpcPort: (await grpc?.listen())?.port };
    },
    stop: async () => {
      await Promise.all([server.close(), grpc?.close()]);
      lag.stop();
      await threads.close();
      stopped = true;
      const noted = noteRefusals();
      await spool.seal();
      await noted;
      await worker.stop(limits.drainMs);
    },
    contractsChanged: (project) => contracts.changed(project),
    pending: () => foldLedger(spool.contents().flatMap((contents) => contents.entries())),
    refusals: () => refusals.last(),
    setAside: () => listSetAside(deps.spoolDirectory),
  };
}
