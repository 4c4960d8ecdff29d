import { LineCounter, parseDocument, type Document as YamlDocument } from 'yaml';
import type { z } from 'zod';

export type ConfigProblem = {
  /** `leeway.yaml:12` or `LEEWAY_LISTEN_WEB_PORT`. */
  readonly where: string;
  /** `listen.webPort`; '' for the file as a whole. */
  readonly path: string;
  readonly message: string;
};

export type Source = {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Where in the file a value stands, or would stand. */
  locate(path: readonly PropertyKey[]): string;
};

/** YAML with the line of every value kept, so that an error can point at it. */
export function readYaml(file: string, text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = document.errors.map((error) => ({
    where: `${file}:${lines.linePos(error.pos[0]).line}`,
    path: '',
    message: `not YAML: ${error.message}`,
  }));
  return {
    value: problems.length > 0 ? undefined : (document.toJS() ?? {}),
    problems,
    locate: (path) => `${file}:${lines.linePos(offsetOf(document, path)).line}`,
  };
}

/** The value's offset, or that of its nearest parent that is written down. */
function offsetOf(document: YamlDocument.Parsed, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      const start: unknown = node.range[0];
      if (typeof start === 'number') return start;
    }
  }
  return 0;
}

export function problemsOf(issues: readonly z.core.$ZodIssue[], locate: Source['locate']): ConfigProblem[] {
  return issues.map((issue) => ({
    where: locate(issue.path),
    path: issue.path.map(String).join('.'),
    message: issue.code === 'unrecognized_keys' ? `unknown key: ${issue.keys.join(', ')}` : issue.message,
  }));
}
