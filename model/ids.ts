import { z } from 'zod';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const name = z
  .string()
  .regex(NAME, 'letters, digits, dot, dash or underscore; at most 63, first a letter or digit');

/** Tenancy: everything stored belongs to exactly one project; it comes from the credential, never from a payload. */
export const projectId = name.brand<'ProjectId'>();
export type ProjectId = z.infer<typeof projectId>;

/** The deciding application, for example `flights`. Free text up to 128 characters, because OTel service names are. */
export const systemName = z.string().trim().min(1).max(128).brand<'SystemName'>();
export type SystemName = z.infer<typeof systemName>;

/** A decision's id, unique in its project. Chosen by the sender; a resend carries the same one. */
export const decisionId = z.string().min(1).max(256).brand<'DecisionId'>();
export type DecisionId = z.infer<typeof decisionId>;

/** The name of a configuration document: a monitor, an SLO, a policy, a channel, a queue. */
export const documentName = name.brand<'DocumentName'>();
export type DocumentName = z.infer<typeof documentName>;

/** Incidents are numbered per installation, so that people can say "incident 12". */
export const incidentId = z.coerce.number().int().positive().brand<'IncidentId'>();
export type IncidentId = z.infer<typeof incidentId>;

export const DEFAULT_PROJECT: ProjectId = projectId.parse('default');
