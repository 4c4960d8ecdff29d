import { globSync, readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { parseDocuments } from '../../api/documents.ts';
import { DEFAULT_PROJECT } from '../../model/ids.ts';
import type { DocumentStore } from '../../store/ports/documents.ts';
import { ownersToken } from '../access.ts';
import type { Environment } from '../config/environment.ts';
import { formatProblems } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { DocumentsInvalid } from '../documents-invalid.ts';
import { untilSignal } from '../lifecycle.ts';
import { createShell } from '../shell.ts';
import { start } from '../wire.ts';

export type Up = {
  readonly webUrl: string;
  readonly ingestUrl: string;
  readonly grpcUrl: string | undefined;
  readonly token: string;
  close(): Promise<void>;
};

/** Starts all roles of this process; on a failure everything that was opened is closed again. */
export async function bringUp(
  config: Config,
  environment: Environment,
  level = config.log.level,
): Promise<Up> {
  const documents = readDocuments(config.documents);
  const shell = createShell(config, environment, level);
  const startedAtMs = shell.nowMs();
  try {
    const { control, webUrl, ingestUrl, grpcUrl } = await start(shell, async (stores) => {
      if (documents.length > 0) await applyAll(stores.documents, documents, shell.nowMs());
    });
    const token = await ownersToken(config.dataDir, control.tokens, shell.nowMs());
    shell.listeners.app({ kind: 'started', tookMs: shell.nowMs() - startedAtMs, webUrl, ingestUrl });
    return { webUrl, ingestUrl, grpcUrl, token, close: () => shell.lifecycle.close() };
  } catch (error) {
    await shell.lifecycle.close();
    throw error;
  }
}

/** `leeway up`: runs until a signal, then drains. */
export async function up(config: Config, environment: Environment): Promise<number> {
  const running = await bringUp(config, environment);
  // Now, and not at the end: who is killed has no end.
  flushCompileCache();
  process.stdout.write(greeting(running));
  const signal = await untilSignal();
  process.stdout.write(`\n${signal}: finishing what is under way …\n`);
  await running.close();
  return 0;
}

export const dashboardLink = ({ webUrl, token }: Pick<Up, 'webUrl' | 'token'>): string =>
  `${webUrl}/?token=${token}`;

const greeting = (running: Up): string => `
  Leeway is up.

  Dashboard   ${dashboardLink(running)}
  Send to     ${running.ingestUrl}/v1/traces      OpenTelemetry over HTTP; logs and metrics too
${running.grpcUrl === undefined ? '' : `              ${running.grpcUrl}                OpenTelemetry over gRPC\n`}              ${running.ingestUrl}/v1/decisions   JSON
  Ask         ${running.webUrl}/ofrep/v1          gates, for any OpenFeature SDK

  Ctrl-C ends it.
`;

type Parsed = Extract<ReturnType<typeof parseDocuments>, { kind: 'parsed' }>['sources'];

/** All documents of a directory, before anything is started; all mistakes of all files at once. */
function readDocuments(directory: string | undefined): Parsed {
  if (directory === undefined) return [];
  const problems: Parameters<typeof formatProblems>[0][number][] = [];
  const documents: Parsed[number][] = [];
  for (const name of globSync('**/*.{yaml,yml}', { cwd: directory }).sort()) {
    const parsed = parseDocuments(readFileSync(join(directory, name), 'utf8'));
    if (parsed.kind === 'parsed') documents.push(...parsed.sources);
    else for (const error of parsed.errors) problems.push({ where: join(directory, name), ...error });
  }
  if (problems.length > 0) throw new DocumentsInvalid(formatProblems(problems));
  return documents;
}

async function applyAll(store: DocumentStore, documents: Parsed, nowMs: number): Promise<void> {
  await store.apply(DEFAULT_PROJECT, documents, 'documents directory', nowMs);
}
