import { CONFIG_KEYS, type ConfigKey } from '../app/config/keys.ts';
import { createMetrics } from '../app/telemetry/metrics.ts';
import { REASONS } from '../collector/reasons.ts';

const NOTE = '<!-- Written by `npm run reference` from the code: change it there. -->';

/** Every generated page of docs/reference, by file name. */
export async function referencePages(): Promise<Record<string, string>> {
  return {
    'configuration.md': configuration(),
    'metrics.md': await metrics(),
    'refusals.md': refusals(),
  };
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

function configuration(): string {
  const rows = CONFIG_KEYS.map((key) => [
    `\`${key.path.join('.')}\``,
    `\`${key.variable}\``,
    defaultOf(key),
    key.description,
  ]);
  return `# Configuration

${NOTE}

Leeway reads \`leeway.yaml\` in the current directory, or the file after \`--config\`; an environment variable that
is not empty goes before the file.
Lists in a variable are separated by commas. A secret can stand in a file: \`LEEWAY_POSTGRES_URL_FILE=/run/secrets/postgres_url\`
reads the variable \`LEEWAY_POSTGRES_URL\` from there, and so for every other. Mistakes are told all at once, with their line, and nothing starts.
Durations: \`30s\`, \`5m\`, \`6h\`, \`1d\`. Sizes: \`512KiB\`, \`64MiB\`, \`1GiB\`.

${table(['Key', 'Variable', 'Default', 'What it is'], rows)}
`;
}

function defaultOf({ default: value }: ConfigKey): string {
  if (value === undefined || value === '') return '';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `\`${value.join(', ')}\``;
  return `\`${String(value)}\``;
}

async function metrics(): Promise<string> {
  const { registry } = createMetrics();
  const own = (await registry.getMetricsAsJSON()).filter(
    ({ name }) => !/^leeway_(process|nodejs)_/.test(name),
  );
  const rows = own.map(({ name, type, help }) => [`\`${name}\``, String(type), help]);
  return `# Metrics

${NOTE}

\`GET /metrics\` on the web port answers in the text format of Prometheus; it asks for a token with the scope \`read\`.
Beside these stand \`leeway_process_*\` and \`leeway_nodejs_*\` as every Node process has them.

${table(['Metric', 'Type', 'What it counts'], rows)}
`;
}

function refusals(): string {
  const rows = Object.entries(REASONS).map(([reason, fix]) => [`\`${reason}\``, fix]);
  return `# Refusals

${NOTE}

What the collector turns away is counted under one of these names: in the answer to the sender, in the ledger
(Settings → Ingest, \`GET /api/v1/ledger\`) and in \`leeway_collector_refusals_total\`.

${table(['Reason', 'What it is, and what to do'], rows)}
`;
}
