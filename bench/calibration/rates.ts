import {
  createEDetector,
  type EDetector,
  type EDetectorState,
  startOf,
  stepEDetector,
} from '../../analyzers/stats/index.ts';
import { uniformStream } from './random.ts';

const REFERENCE_SIZE = 1_000;
const STABLE_BEFORE_CHANGE = 1_000;
const LONGEST_DELAY = 5_000;

const drawDetector = (rate: number, averageRunLength: number, random: () => number): EDetector => {
  let successes = 0;
  for (let i = 0; i < REFERENCE_SIZE; i += 1) if (random() < rate) successes += 1;
  const built = createEDetector({
    reference: { successes, trials: REFERENCE_SIZE },
    averageRunLength,
    direction: 'increase',
  });
  if (built.kind === 'undefined') throw new Error(built.reason);
  return built.detector;
};

const SUCCESS = { successes: 1, trials: 1 };
const FAILURE = { successes: 0, trials: 1 };

const advance = (detector: EDetector, state: EDetectorState, success: boolean) => {
  const step = stepEDetector(detector, state, success ? SUCCESS : FAILURE);
  if (step.kind === 'undefined') throw new Error(step.reason);
  return step;
};

/** False alarms per 10,000 decisions at an unchanged rate, over fresh references: a lucky reference is part of life. */
export function falseAlarmsPer10k(
  rate: number,
  averageRunLength: number,
  size: { readonly references: number; readonly length: number },
  seed: number,
): number {
  const random = uniformStream(seed);
  let alarms = 0;
  for (let r = 0; r < size.references; r += 1) {
    const detector = drawDetector(rate, averageRunLength, random);
    let state = startOf(detector);
    for (let i = 0; i < size.length; i += 1) {
      const step = advance(detector, state, random() < rate);
      if (step.alarm) alarms += 1;
      state = step.alarm ? startOf(detector) : step.state;
    }
  }
  return (alarms / (size.references * size.length)) * 10_000;
}

/** Mean decisions from the change to the alarm, the share of streams where it rang, and how far off the onset was. */
export function detectionDelay(
  before: number,
  after: number,
  averageRunLength: number,
  streams: number,
  seed: number,
): { readonly meanDelay: number; readonly share: number; readonly medianOnsetError: number } {
  const random = uniformStream(seed);
  const delays: number[] = [];
  const onsetErrors: number[] = [];
  for (let s = 0; s < streams; s += 1) {
    const detector = drawDetector(before, averageRunLength, random);
    let state = startOf(detector);
    let restarted = 0;
    for (let i = 0; i < STABLE_BEFORE_CHANGE + LONGEST_DELAY; i += 1) {
      const changed = i >= STABLE_BEFORE_CHANGE;
      const step = advance(detector, state, random() < (changed ? after : before));
      state = step.state;
      if (!step.alarm) continue;
      if (changed) {
        delays.push(i + 1 - STABLE_BEFORE_CHANGE);
        onsetErrors.push(Math.abs(restarted + step.alarm.onset - STABLE_BEFORE_CHANGE));
        break;
      }
      state = startOf(detector);
      restarted = i + 1;
    }
  }
  const meanDelay = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  const sorted = onsetErrors.toSorted((a, b) => a - b);
  const medianOnsetError = sorted[sorted.length >> 1] ?? Number.NaN;
  return { meanDelay, share: delays.length / streams, medianOnsetError };
}
