export const QUALITY_STATISTICS = [
  'null_share',
  'out_of_range_share',
  'new_category_share',
  'vanished_category_share',
  'never_seen_share',
  'type_change_share',
  'stuck_share',
  'unit_ratio',
  'presence_share',
  'contract_violation_share',
  'volume_ratio',
  'repeated_id_share',
  'copied_share',
  'future_share',
  'arrival_delay',
] as const;
export type QualityStatistic = (typeof QUALITY_STATISTICS)[number];

/** What to do first, for somebody who was woken. */
export const ADVICE: Readonly<Record<QualityStatistic, string>> = {
  null_share:
    'Look at the source that fills it; a model that fills gaps with a default decides on that default.',
  out_of_range_share: 'Look whether its unit or its source changed, or widen the range if the world did.',
  new_category_share:
    'Add them to what is allowed if they are meant; a model that never learnt them guesses.',
  vanished_category_share: 'Look whether a source stopped, or the names were changed.',
  never_seen_share: 'Look whether its ids or names are made in another way since.',
  type_change_share: 'Look at the last release of the sender: it writes another type.',
  stuck_share: 'Look whether the source still refreshes it, or a default took its place.',
  unit_ratio: 'Look at the last release of the sender, and state the unit in the contract.',
  presence_share: 'Look at the last release of the sender: the schema changed.',
  contract_violation_share: 'See which promise is broken, and mend the sender or the contract.',
  volume_ratio: 'Look upstream: callers that stopped, or that send twice.',
  repeated_id_share: 'Give every decision an id of its own; a repeat is counted once.',
  copied_share: 'Look for a retry that makes a new id each time: these are counted as often as they came.',
  future_share: 'Set the clock of the sender, and look at its time zone.',
  arrival_delay: 'Look at the queue between the sender and Leeway; what is late is judged late.',
};
