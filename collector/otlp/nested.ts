import { doubleJson, keyValueJson, readText } from './any-json.ts';
import { int64Text, uint64Text } from './int64.ts';
import { BYTES, FIXED32, FIXED64, VARINT, type Wire } from './wire.ts';

/** `positions` holds start and end of each message, in turn. Events and links are rare: strings are good enough. */
function jsonArray(wire: Wire, positions: readonly number[], one: (end: number) => string): string {
  const back = wire.at;
  const parts: string[] = [];
  for (let at = 0; at < positions.length; at += 2) {
    wire.at = positions[at] ?? 0;
    parts.push(one(positions[at + 1] ?? 0));
  }
  wire.at = back;
  return `[${parts.join(',')}]`;
}

const object = (fields: readonly string[]): string => `{${fields.filter((field) => field !== '').join(',')}}`;
const attributesField = (list: readonly string[]): string =>
  list.length === 0 ? '' : `"attributes":[${list.join(',')}]`;
const countField = (name: string, count: number): string => (count === 0 ? '' : `"${name}":${count}`);
const textField = (name: string, text: string): string =>
  text === '' ? '' : `"${name}":${JSON.stringify(text)}`;

function readHex(wire: Wire, end: number): string {
  const stop = wire.delimited(end);
  const text = wire.bytes.toString('hex', wire.at, stop);
  wire.at = stop;
  return text;
}

/** Span.Event messages as an OTLP JSON array. */
export const eventsJson = (wire: Wire, positions: readonly number[]): string =>
  jsonArray(wire, positions, (end) => {
    let time = '0';
    let name = '';
    let dropped = 0;
    const attributes: string[] = [];
    while (wire.at < end) {
      wire.tag(end);
      const { field, type } = wire;
      if (field === 1 && type === FIXED64) {
        wire.fixed64(end);
        time = uint64Text(wire.low, wire.high);
      } else if (field === 2 && type === BYTES) name = readText(wire, end);
      else if (field === 3 && type === BYTES) attributes.push(keyValueJson(wire, wire.delimited(end), 1));
      else if (field === 4 && type === VARINT) dropped = wire.varint(end);
      else wire.skip(end);
    }
    return object([
      `"timeUnixNano":"${time}"`,
      textField('name', name),
      attributesField(attributes),
      countField('droppedAttributesCount', dropped),
    ]);
  });

type Link = {
  ids: [string, string];
  traceState: string;
  dropped: number;
  flags: number;
  attributes: string[];
};

function linkField(wire: Wire, end: number, link: Link): void {
  const { field, type } = wire;
  if (field === 1 && type === BYTES) link.ids[0] = readHex(wire, end);
  else if (field === 2 && type === BYTES) link.ids[1] = readHex(wire, end);
  else if (field === 3 && type === BYTES) link.traceState = readText(wire, end);
  else if (field === 4 && type === BYTES) link.attributes.push(keyValueJson(wire, wire.delimited(end), 1));
  else if (field === 5 && type === VARINT) link.dropped = wire.varint(end);
  else if (field === 6 && type === FIXED32) link.flags = wire.fixed32(end);
  else wire.skip(end);
}

/** Span.Link messages as an OTLP JSON array. */
export const linksJson = (wire: Wire, positions: readonly number[]): string =>
  jsonArray(wire, positions, (end) => {
    const link: Link = { ids: ['', ''], traceState: '', dropped: 0, flags: 0, attributes: [] };
    while (wire.at < end) {
      wire.tag(end);
      linkField(wire, end, link);
    }
    return object([
      `"traceId":"${link.ids[0]}"`,
      `"spanId":"${link.ids[1]}"`,
      textField('traceState', link.traceState),
      attributesField(link.attributes),
      countField('droppedAttributesCount', link.dropped),
      countField('flags', link.flags),
    ]);
  });

type Exemplar = { time: string; value: string; ids: [string, string]; attributes: string[] };

function exemplarField(wire: Wire, end: number, exemplar: Exemplar): void {
  const { field, type } = wire;
  if (field === 2 && type === FIXED64) {
    wire.fixed64(end);
    exemplar.time = uint64Text(wire.low, wire.high);
  } else if (field === 3 && type === FIXED64) exemplar.value = `"asDouble":${doubleJson(wire.double(end))}`;
  else if (field === 6 && type === FIXED64) {
    wire.fixed64(end);
    exemplar.value = `"asInt":"${int64Text(wire.low, wire.high)}"`;
  } else if (field === 4 && type === BYTES) exemplar.ids[0] = readHex(wire, end);
  else if (field === 5 && type === BYTES) exemplar.ids[1] = readHex(wire, end);
  else if (field === 7 && type === BYTES)
    exemplar.attributes.push(keyValueJson(wire, wire.delimited(end), 1));
  else wire.skip(end);
}

/** Exemplar messages of a data point as an OTLP JSON array. */
export const exemplarsJson = (wire: Wire, positions: readonly number[]): string =>
  jsonArray(wire, positions, (end) => {
    const exemplar: Exemplar = { time: '0', value: '', ids: ['', ''], attributes: [] };
    while (wire.at < end) {
      wire.tag(end);
      exemplarField(wire, end, exemplar);
    }
    const filtered = exemplar.attributes.join(',');
    return object([
      `"timeUnixNano":"${exemplar.time}"`,
      exemplar.value,
      textField('spanId', exemplar.ids[0]),
      textField('traceId', exemplar.ids[1]),
      filtered === '' ? '' : `"filteredAttributes":[${filtered}]`,
    ]);
  });
