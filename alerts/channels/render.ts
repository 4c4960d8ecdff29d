import { formatDuration } from '../../model/time.ts';
import type {
  NotificationMessage,
  NotificationReason,
  NotificationSignal,
} from '../../store/ports/outbox.ts';
import { escapeHtml, oneLine } from './text.ts';

const SENTENCE_CHARS = 500;
const TITLE_CHARS = 160;

/** What a person reads, the same in every channel: headline, lines of facts, what moved, what was done, where to look. */
export type Rendered = {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
};

const STATE: Readonly<Record<NotificationReason, string>> = {
  opened: 'OPEN',
  escalated: 'WORSE',
  action: 'ACTION',
  resolved: 'RESOLVED',
};

/** Event times in UTC, to the minute: `2026-03-04 05:06 UTC`. */
const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const digits = (value: number | null): string =>
  value === null ? 'unknown' : String(Number(value.toPrecision(4)));

const moved = (signal: NotificationSignal): string => {
  const limit = signal.limit === null ? '' : ` (limit ${digits(signal.limit)})`;
  const mark = signal.firing ? '' : ' (recovered)';
  const measured = `${signal.subject}: ${signal.statistic} ${digits(signal.value)}${limit}, n = ${signal.n}`;
  return oneLine(`${measured}, since ${utc(signal.sinceMs)}${mark}. ${signal.sentence}`, SENTENCE_CHARS);
};

const affected = (message: NotificationMessage): string =>
  message.affectedDecisions === null
    ? 'Decisions affected: not counted'
    : `Decisions affected: ${message.affectedDecisions}`;

export const incidentUrl = (publicUrl: string, incident: number): string =>
  `${publicUrl.replace(/\/+$/, '')}/incidents/${incident}`;

export function render(message: NotificationMessage, publicUrl: string): Rendered {
  const title = oneLine(message.title, TITLE_CHARS);
  const subject = `${STATE[message.reason]} [Leeway #${message.incident}] ${title}`;
  const url = incidentUrl(publicUrl, message.incident);
  const lasted = formatDuration(Math.max(0, message.atMs - message.onsetMs));
  const facts = [
    `System: ${oneLine(message.system, TITLE_CHARS)} (${message.severity})`,
    `Since: ${utc(message.onsetMs)} (${lasted === '' ? 'just now' : lasted})`,
    affected(message),
  ];
  const signals = message.signals.map(moved);
  if (message.signalsLeftOut > 0) signals.push(`… and ${message.signalsLeftOut} more`);
  const actions = message.actions.map((action) => oneLine(action, SENTENCE_CHARS));
  const sentence = oneLine(message.sentence, SENTENCE_CHARS);
  return {
    subject,
    text: asText(sentence, facts, signals, actions, url),
    html: asHtml(title, sentence, facts, signals, actions, url),
  };
}

type Lines = readonly string[];

function asText(sentence: string, facts: Lines, signals: Lines, actions: Lines, url: string): string {
  const list = (heading: string, lines: Lines): string =>
    lines.length === 0 ? '' : `\n${heading}\n${lines.map((line) => `- ${line}`).join('\n')}\n`;
  return `${sentence}\n\n${facts.join('\n')}\n${list('What moved', signals)}${list('What Leeway did', actions)}\n${url}\n`;
}

function asHtml(
  title: string,
  sentence: string,
  facts: Lines,
  signals: Lines,
  actions: Lines,
  url: string,
): string {
  const list = (heading: string, lines: Lines): string => {
    if (lines.length === 0) return '';
    const items = lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('');
    return `<h2 style="font-size:15px">${heading}</h2><ul>${items}</ul>`;
  };
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><body style="font:15px/1.5 sans-serif">',
    `<h1 style="font-size:18px">${escapeHtml(title)}</h1><p>${escapeHtml(sentence)}</p>`,
    `<p>${facts.map(escapeHtml).join('<br>')}</p>`,
    list('What moved', signals),
    list('What Leeway did', actions),
    `<p><a href="${escapeHtml(url)}">Open the incident</a></p></body></html>`,
  ].join('\n');
}
