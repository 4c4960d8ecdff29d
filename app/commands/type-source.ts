/** What one system's types are made from, whichever document said it. */
export type TypedSystem = {
  readonly name: string;
  /** Empty: any text. */
  readonly values: readonly string[];
  readonly features: Readonly<Record<string, TypedFeature>>;
  readonly segments: readonly string[];
};
export type TypedFeature = {
  readonly type?: string | undefined;
  readonly allowed?: readonly string[] | undefined;
  readonly unit?: string | undefined;
};

const HEADER = `// Made by \`leeway gen types\` from the documents of your systems: change those, and make it again.
import 'leeway/sdk';

declare module 'leeway/sdk' {
  interface Systems {
`;

/** Systems → the text of a declaration file that tells `leeway/sdk` what each may decide, from which features. */
export function typeSource(systems: readonly TypedSystem[]): string {
  const members = [...systems].sort((a, b) => (a.name < b.name ? -1 : 1)).map(memberOf);
  return `${HEADER}${members.join('')}  }\n}\n`;
}

function memberOf({ name, values, features, segments }: TypedSystem): string {
  const featureLines = Object.entries(features).map(
    ([feature, spec]) =>
      `${unitComment(spec.unit)}        readonly ${quoted(feature)}: ${featureType(spec)} | null;\n`,
  );
  const segmentLines = segments.map((key) => `        readonly ${quoted(key)}: string;\n`);
  return `    ${quoted(name)}: {
      readonly value: ${unionOf(values)};
      readonly features: ${block(featureLines, 'Readonly<Record<string, number | string | boolean | null>>')};
      readonly segments: ${block(segmentLines, 'Readonly<Record<string, string>>')};
    };
`;
}

const block = (lines: readonly string[], whenEmpty: string): string =>
  lines.length === 0 ? whenEmpty : `{\n${lines.join('')}      }`;

function featureType({ type, allowed }: TypedFeature): string {
  if (type === 'numeric' || type === 'number' || type === 'integer') return 'number';
  if (type === 'boolean') return 'boolean';
  if (allowed !== undefined && allowed.length > 0) return unionOf(allowed);
  return type === undefined ? 'number | string | boolean' : 'string';
}

const unionOf = (texts: readonly string[]): string =>
  texts.length === 0 ? 'string' : texts.map(quoted).join(' | ');
/** A JSON text is a TypeScript text, but for two line separators that JSON leaves as they are. */
const quoted = (text: string): string =>
  JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
const unitComment = (unit: string | undefined): string =>
  unit === undefined ? '' : `        /** ${unit.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ')} */\n`;
