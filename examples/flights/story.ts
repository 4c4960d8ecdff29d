import type { Leeway } from './leeway.ts';

const BAR_WIDTH = 30;
/** What moves the story on; the timeline in the dashboard has the rest. */
const TELLING: ReadonlySet<string> = new Set([
  'opened',
  'severity_changed',
  'action_proposed',
  'action_refused',
  'action_done',
  'action_failed',
  'routed_to_review',
  'verified',
  'not_verified',
  'resolved',
]);
const day = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});

/** Tells on standard error how far the replay is and on standard output what Leeway found and did. */
export class Story {
  readonly #leeway: Leeway;
  readonly #shiftMs: number;
  readonly #told = new Map<number, number>();
  readonly #sentences: string[] = [];
  readonly #over = new Set<number>();
  readonly #interactive = process.stderr.isTTY === true;
  #lastTenth = -1;

  constructor(leeway: Leeway, shiftMs: number) {
    this.#leeway = leeway;
    this.#shiftMs = shiftMs;
  }

  say(historicMs: number, sentence: string): void {
    this.#clearBar();
    process.stdout.write(`  ${day.format(historicMs)}  ${sentence}\n`);
  }

  bar(share: number, line: string): void {
    if (this.#interactive) {
      const full = Math.round(share * BAR_WIDTH);
      const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
      process.stderr.write(`\r\x1b[2K  ${bar} ${Math.round(share * 100)} %  ${line}`);
      return;
    }
    const tenth = Math.floor(share * 10);
    if (tenth <= this.#lastTenth) return;
    this.#lastTenth = tenth;
    process.stderr.write(`  ${tenth * 10} %  ${line}\n`);
  }

  end(): void {
    this.#clearBar();
  }

  /** Whether a sentence like this was told of an incident. */
  hasTold(what: RegExp): boolean {
    return this.#sentences.some((sentence) => what.test(sentence));
  }

  /** Asks for incidents and tells what is new on their timelines; one that was seen resolved has nothing more to tell. */
  async catchUp(): Promise<void> {
    const incidents = await this.#leeway.incidents();
    for (const { id, state } of incidents.reverse()) {
      if (this.#over.has(id)) continue;
      const told = this.#told.get(id) ?? 0;
      const timeline = await this.#leeway.timeline(id);
      const fresh = timeline.filter((entry) => entry.seq > told).sort((a, b) => a.seq - b.seq);
      for (const entry of fresh) {
        this.#told.set(id, entry.seq);
        this.#sentences.push(entry.sentence);
        if (TELLING.has(entry.kind))
          this.say(Date.parse(entry.at) - this.#shiftMs, `incident ${id}: ${entry.sentence}`);
      }
      if (state === 'resolved') this.#over.add(id);
    }
  }

  #clearBar(): void {
    if (this.#interactive) process.stderr.write('\r\x1b[2K');
  }
}
