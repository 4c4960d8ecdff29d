/**
 * What a feature is. A `timestamp` is epoch seconds, milliseconds, microseconds or nanoseconds (told apart by their
 * size), or an RFC 3339 text; it is watched by its age, hour, weekday and gaps. `text` and `embedding` are sent as
 * such (`leeway.decision.text.<name>`, `leeway.decision.embedding.<name>`).
 */
export const FEATURE_TYPES = ['numeric', 'categorical', 'boolean', 'timestamp', 'text', 'embedding'] as const;
