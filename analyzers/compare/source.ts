/** How a file is read: as text cells with a header line, as typed columns, or as lines of JSON. */
export type Format =
  | { readonly kind: 'csv'; readonly delimiter: string; readonly names: readonly string[] }
  | { readonly kind: 'parquet' }
  | { readonly kind: 'ndjson' };

export type FormatByName =
  | { readonly kind: 'known'; readonly format: 'csv' | 'parquet' | 'ndjson'; readonly ending: string }
  | { readonly kind: 'unknown'; readonly sentence: string };

const ENDINGS = new Map([
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['parquet', 'parquet'],
  ['ndjson', 'ndjson'],
  ['jsonl', 'ndjson'],
] as const);
/** What the engine unpacks by itself, told by the ending. */
const PACKED = ['gz', 'zst', 'xz', 'bz2', 'lz4'];

/** `visits.csv.gz` → csv. The ending, packing included, is all that is kept of the name. */
export function formatByName(name: string): FormatByName {
  const parts = name.toLowerCase().split('.');
  const last = parts.at(-1) ?? '';
  const packed = PACKED.includes(last) && parts.length > 2;
  const ending = (packed ? parts.at(-2) : last) ?? '';
  for (const [known, format] of ENDINGS) {
    if (ending === known) return { kind: 'known', format, ending: packed ? `${known}.${last}` : known };
  }
  return {
    kind: 'unknown',
    sentence: `its name ends in none of ${[...ENDINGS.keys()].map((one) => `.${one}`).join(', ')} (packed as ${PACKED.map((one) => `.${one}`).join(', ')} or not).`,
  };
}

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The first line of a CSV file → its delimiter (the one that stands most often, outside quotes) and the names. */
export function readHeader(line: string): Extract<Format, { kind: 'csv' }> {
  // Spreadsheets put a mark of three bytes in front.
  const header = line.replace(/^\uFEFF/, '').replace(/\r$/, '');
  let best: { delimiter: string; names: string[] } = { delimiter: ',', names: splitLine(header, ',') };
  for (const delimiter of DELIMITERS) {
    const names = splitLine(header, delimiter);
    if (names.length > best.names.length) best = { delimiter, names };
  }
  return { kind: 'csv', ...best };
}

function splitLine(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i] ?? '';
    if (char === '"' && quoted && line[i + 1] === '"') {
      cell += char;
      i += 1;
    } else if (char === '"') quoted = !quoted;
    else if (char === delimiter && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  return [...cells, cell];
}

/** Names that are free of space at their ends and each their own: `price`, `price (2)`; `column 3` where there is none. */
export function tidyNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((raw, i) => {
    const name = raw.trim() === '' ? `column ${i + 1}` : raw.trim();
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

/** A column of a loaded file: its place is its name in the engine, so that no name of a file enters a statement. */
export type LoadedColumn = {
  readonly name: string;
  readonly place: number;
  readonly store: 'number' | 'text';
};

const NUMBER = /^(U?Int(8|16|32|64|128|256)|B?Float(16|32|64)|Decimal.*)$/;

/** An engine type → how the column is kept. Dates, booleans, lists and objects are kept as the text they print as. */
export function storeOf(type: string): 'number' | 'text' {
  const bare = type.replace(/^LowCardinality\((.*)\)$/s, '$1').replace(/^Nullable\((.*)\)$/s, '$1');
  return NUMBER.test(bare) ? 'number' : 'text';
}
