import { fileURLToPath } from 'node:url';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** One real flight: US Bureau of Transportation Statistics, January to June 2001. Times are the origin's local time. */
export type Flight = {
  readonly departureMs: number;
  readonly distanceMi: number;
  readonly origin: string;
  readonly destination: string;
  /** Arrival against the timetable; negative is early. */
  readonly delayMin: number;
};

const ROWS_PER_CHUNK = 50_000;
const COLUMNS = ['date', 'delay', 'distance', 'origin', 'destination'];

/** All three million flights in order of departure, in chunks, so that a replay never holds more than one. */
export async function* readFlights(): AsyncGenerator<Flight[]> {
  // The package exports its code only; its data lies beside it.
  const path = fileURLToPath(new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')));
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const total = Number(metadata.num_rows);
  for (let rowStart = 0; rowStart < total; rowStart += ROWS_PER_CHUNK) {
    const rowEnd = Math.min(total, rowStart + ROWS_PER_CHUNK);
    const rows = await parquetReadObjects({
      file,
      metadata,
      compressors,
      columns: COLUMNS,
      rowStart,
      rowEnd,
    });
    yield rows.map(toFlight);
  }
}

function toFlight(row: Record<string, unknown>): Flight {
  const { date, delay, distance, origin, destination } = row;
  if (!(date instanceof Date)) throw new TypeError('flights-3m.parquet: a date is missing');
  return {
    departureMs: date.getTime(),
    distanceMi: Number(distance),
    origin: String(origin),
    destination: String(destination),
    delayMin: Number(delay),
  };
}

const CRUISE_MPH = 450;
const TAXI_MIN = 30;
export const LATE_MIN = 15;

/** The timetable's block time, which the data set does not carry: distance at cruising speed, and taxiing. */
export const blockMin = (distanceMi: number): number => (distanceMi / CRUISE_MPH) * 60 + TAXI_MIN;

/** When it is known whether the flight was late: at the gate. */
export const arrivalMs = (flight: Flight): number =>
  flight.departureMs + (blockMin(flight.distanceMi) + flight.delayMin) * 60_000;

export const isLate = (flight: Flight): boolean => flight.delayMin > LATE_MIN;
