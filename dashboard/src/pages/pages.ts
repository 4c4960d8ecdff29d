import type { Component } from 'svelte';
import type { PageName } from '../lib/route/routes.ts';

type Load = () => Promise<{ default: Component }>;

export const pages: Record<Exclude<PageName, 'not_found'>, Load> = {
  overview: () => import('./overview/Overview.svelte'),
  systems: () => import('./system/Systems.svelte'),
  system: () => import('./system/System.svelte'),
  slos: () => import('./slo/Slos.svelte'),
  slo: () => import('./slo/Slo.svelte'),
  decisions: () => import('./decisions/Decisions.svelte'),
  decision: () => import('./decisions/Decision.svelte'),
  incidents: () => import('./incidents/Incidents.svelte'),
  incident: () => import('./incidents/Incident.svelte'),
  review: () => import('./review/Review.svelte'),
  ingest: () => import('./settings/Ingest.svelte'),
  documents: () => import('./settings/Documents.svelte'),
};
