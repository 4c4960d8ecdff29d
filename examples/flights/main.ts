// A decision service that sends Leeway what it decides, on three million real flights of 2001, months in minutes.
// usage: node examples/flights/main.ts   (environment: LEEWAY_URL, LEEWAY_INGEST_URL, LEEWAY_TOKEN, FLIGHTS_SECONDS, FLIGHTS_UNTIL)
import { Leeway } from './leeway.ts';
import { fitOnJanuary, replay } from './replay.ts';
import { DecisionService } from './service.ts';
import { Story } from './story.ts';
import { startTelemetry } from './telemetry.ts';

/** The last two weeks of January are the reference; monitoring proper begins with February. */
const FROM_MS = Date.UTC(2001, 0, 18);
const UNTIL_MS = process.env['FLIGHTS_UNTIL']
  ? Date.parse(process.env['FLIGHTS_UNTIL'])
  : Date.UTC(2001, 6, 1);
const V2_LIVE_MS = Date.UTC(2001, 2, 6, 6);
const DURATION_MS = Number(process.env['FLIGHTS_SECONDS'] ?? 165) * 1_000;
const STORY_EVERY_MS = 1_000;
/** The watermark is half a day behind the newest decision, and no monitor takes longer steps than that. */
const BEHIND_MS = 25 * 3_600_000;
/** Incidents follow the findings, and actions the incidents. */
const CALM_POLLS = 3;
const MAX_POLLS = 400;

const apiUrl = process.env['LEEWAY_URL'] ?? 'http://127.0.0.1:4300';
const ingestUrl = process.env['LEEWAY_INGEST_URL'] ?? 'http://127.0.0.1:4318';

const model = await fitOnJanuary();
const shiftMs = Date.now() + DURATION_MS - UNTIL_MS;
const leeway = await Leeway.connect({ apiUrl, ingestUrl, token: process.env['LEEWAY_TOKEN'] ?? '' });
await leeway.configure();
await leeway.deploy('v1', FROM_MS + shiftMs, 'fitted on January');
const telemetry = startTelemetry(ingestUrl);
const story = new Story(leeway, shiftMs);
story.say(
  FROM_MS,
  "version v1 decides about every plane to O'Hare: hold the connecting passengers, or release them?",
);

let v2Live = false;
let told = Promise.resolve();
let toldAt = 0;

async function onClock(historicMs: number): Promise<void> {
  if (!v2Live && historicMs >= V2_LIVE_MS) {
    v2Live = true;
    await leeway.deploy(
      'v2',
      V2_LIVE_MS + shiftMs,
      'uses the expected arrival; distances from the new route feed',
    );
    story.say(
      V2_LIVE_MS,
      'version v2 goes live. Its new route feed sends kilometres where the contract says miles.',
    );
  }
  if (performance.now() - toldAt < STORY_EVERY_MS) return;
  toldAt = performance.now();
  told = told
    .then(() => story.catchUp())
    .catch((error: unknown) => story.say(historicMs, `the story is behind: ${String(error)}`));
}

const done = await replay({
  fromMs: FROM_MS,
  untilMs: UNTIL_MS,
  durationMs: DURATION_MS,
  shiftMs,
  leeway,
  service: new DecisionService(telemetry, model),
  flush: telemetry.flush,
  onClock,
  onProgress: ({ historicMs, decisions }) =>
    story.bar(
      (historicMs - FROM_MS) / (UNTIL_MS - FROM_MS),
      `${new Date(historicMs).toISOString().slice(0, 10)}  ${decisions.toLocaleString('en')} decisions`,
    ),
});
await telemetry.stop();
await told;
// The last windows close behind the watermark: the end is told when every monitor has come as far as it will, and what
// follows from it was done: alerts may be some steps behind.
const endMs = UNTIL_MS + shiftMs - BEHIND_MS;
for (let calm = 0, polls = 0; calm < CALM_POLLS && polls < MAX_POLLS; polls++) {
  await new Promise((resolve) => setTimeout(resolve, STORY_EVERY_MS));
  await story.catchUp();
  const isActedOn = !v2Live || story.hasTold(/made by v2 .* in review queue/);
  if (isActedOn && (await leeway.evaluatedUntilMs()) >= endMs) calm += 1;
}
await story.catchUp();
story.end();
process.stdout.write(
  `  ${done.decisions.toLocaleString('en')} decisions and ${done.outcomes.toLocaleString('en')} labels were replayed.\n`,
);
