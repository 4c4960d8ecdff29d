/**
 * What each system may decide and from which features. Empty here; `leeway gen types` writes a file that fills it:
 *
 *   declare module 'leeway/sdk' { interface Systems { 'credit-risk': { value: …; features: …; segments: … } } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be merged with, and a type alias cannot be.
export interface Systems {}

/** null: asked for and missing. A feature that is left out was never part of the decision. */
export type FeatureValue = number | string | boolean | null;

type Untyped = {
  readonly value: string;
  readonly features: Readonly<Record<string, FeatureValue | undefined>>;
  readonly segments: Readonly<Record<string, string | undefined>>;
};

/** Known systems complete in an editor; any other text is a system too. */
export type SystemName = (keyof Systems & string) | (string & {});
export type ShapeOf<S extends string> = S extends keyof Systems ? Systems[S] : Untyped;
export type ValueOf<S extends string> =
  ShapeOf<S> extends { readonly value: infer V extends string } ? V : string;
export type FeaturesOf<S extends string> =
  ShapeOf<S> extends { readonly features: infer F } ? Partial<F> : Untyped['features'];
export type SegmentsOf<S extends string> =
  ShapeOf<S> extends { readonly segments: infer G } ? Partial<G> : Untyped['segments'];
