/**
 * Features that are made of another when a minute is profiled, so that all that watches features watches them too:
 * `complaint:chars` of the text `complaint`, `signed_up:age_s` of the timestamp `signed_up`.
 */
export const DERIVED = {
  /**
   * Language-free signs. `chars` code points; `tokens` runs of letters and digits; `token_length` their mean length;
   * `letters`, `digits`, `punctuation`, `non_ascii` shares of the characters; `upper` share of the letters; `script`
   * the one with most characters.
   */
  text: [
    'chars',
    'tokens',
    'token_length',
    'letters',
    'digits',
    'punctuation',
    'upper',
    'non_ascii',
    'script',
  ],
  /** Euclidean length, and how many numbers. */
  embedding: ['norm', 'dimension'],
  /** Seconds before the decision; hour and weekday in UTC; seconds since that of the decision before, inside a minute. */
  timestamp: ['age_s', 'hour', 'weekday', 'gap_s'],
} as const;
export type DerivedKind = keyof typeof DERIVED;
export type TextSign = (typeof DERIVED.text)[number];

/** Scripts told apart, as RE2 names their characters; of equally many the first counts. */
export const SCRIPTS = [
  { name: 'Latin', pattern: '\\\\p{Latin}' },
  { name: 'Cyrillic', pattern: '\\\\p{Cyrillic}' },
  { name: 'Greek', pattern: '\\\\p{Greek}' },
  { name: 'Arabic', pattern: '\\\\p{Arabic}' },
  { name: 'Hebrew', pattern: '\\\\p{Hebrew}' },
  // Japanese mixes them; Kana is what tells it from Chinese.
  { name: 'Kana', pattern: '[\\\\p{Hiragana}\\\\p{Katakana}]' },
  { name: 'Han', pattern: '\\\\p{Han}' },
  { name: 'Hangul', pattern: '\\\\p{Hangul}' },
  { name: 'Devanagari', pattern: '\\\\p{Devanagari}' },
  { name: 'Thai', pattern: '\\\\p{Thai}' },
] as const;

const KIND_OF = new Map<string, DerivedKind>(
  (Object.keys(DERIVED) as DerivedKind[]).flatMap((kind) =>
    DERIVED[kind].map((sign): [string, DerivedKind] => [sign, kind]),
  ),
);

export type DerivedFeature = { readonly of: string; readonly sign: string; readonly kind: DerivedKind };

/** What a profile's feature is made of; undefined for one that was sent as it is. */
export function derivedFrom(feature: string): DerivedFeature | undefined {
  const colon = feature.lastIndexOf(':');
  const sign = feature.slice(colon + 1);
  const kind = colon > 0 ? KIND_OF.get(sign) : undefined;
  return kind && { of: feature.slice(0, colon), sign, kind };
}

const DAY_MS = 86_400_000;
/** Signs that turn with the clock: only stretches of whole cycles can be compared. */
const CYCLE_MS: Readonly<Record<string, number>> = { hour: DAY_MS, weekday: 7 * DAY_MS };

/** Whether the feature says nothing in a window of this length but what time it is. */
export const turnsWithin = (feature: string, windowMs: number): boolean => {
  const cycleMs = CYCLE_MS[derivedFrom(feature)?.sign ?? ''];
  return cycleMs !== undefined && windowMs % cycleMs !== 0;
};
