/** Every screen, and what its address carries. */
export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'systems' }
  | { readonly page: 'system'; readonly system: string }
  | { readonly page: 'slos' }
  | { readonly page: 'slo'; readonly name: string }
  | { readonly page: 'decisions' }
  | { readonly page: 'decision'; readonly id: string }
  | { readonly page: 'incidents' }
  | { readonly page: 'incident'; readonly id: string }
  | { readonly page: 'review' }
  | { readonly page: 'ingest' }
  | { readonly page: 'documents' }
  | { readonly page: 'not_found'; readonly path: string };

export type PageName = Route['page'];

export function matchRoute(path: string): Route {
  const parts = path.split('/').filter((part) => part !== '');
  const [first, second, ...rest] = parts;
  const missing: Route = { page: 'not_found', path };
  const arg = decode(second);
  if (rest.length > 0 || arg === undefined) return missing;
  if (first === undefined) return { page: 'overview' };
  const bare = second === undefined;
  switch (first) {
    case 'systems':
      return bare ? { page: 'systems' } : { page: 'system', system: arg };
    case 'slos':
      return bare ? { page: 'slos' } : { page: 'slo', name: arg };
    case 'decisions':
      return bare ? { page: 'decisions' } : { page: 'decision', id: arg };
    case 'incidents':
      return bare ? { page: 'incidents' } : { page: 'incident', id: arg };
    case 'review':
      return bare ? { page: 'review' } : missing;
    case 'settings':
      if (bare || second === 'ingest') return { page: 'ingest' };
      return second === 'documents' ? { page: 'documents' } : missing;
    default:
      return missing;
  }
}

/** A hand-typed `%` must end on "not found", not in an exception. */
function decode(part: string | undefined): string | undefined {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    return undefined;
  }
}

export type SectionName =
  | 'overview'
  | 'systems'
  | 'slos'
  | 'decisions'
  | 'incidents'
  | 'review'
  | 'ingest'
  | 'documents';

export const SECTIONS: readonly {
  readonly name: SectionName;
  readonly label: string;
  readonly href: string;
}[] = [
  { name: 'overview', label: 'Overview', href: '/' },
  { name: 'systems', label: 'Systems', href: '/systems' },
  { name: 'slos', label: 'SLOs', href: '/slos' },
  { name: 'decisions', label: 'Decisions', href: '/decisions' },
  { name: 'incidents', label: 'Incidents', href: '/incidents' },
  { name: 'review', label: 'Review', href: '/review' },
  { name: 'ingest', label: 'Ingest', href: '/settings/ingest' },
  { name: 'documents', label: 'Configuration', href: '/settings/documents' },
];

const SECTION_OF: Record<PageName, SectionName | null> = {
  overview: 'overview',
  systems: 'systems',
  system: 'systems',
  slos: 'slos',
  slo: 'slos',
  decisions: 'decisions',
  decision: 'decisions',
  incidents: 'incidents',
  incident: 'incidents',
  review: 'review',
  ingest: 'ingest',
  documents: 'documents',
  not_found: null,
};
export const sectionOf = (route: Route): SectionName | null => SECTION_OF[route.page];

/** What stands after the section in the breadcrumb and in the document's title. */
export function entityOf(route: Route): string | null {
  switch (route.page) {
    case 'system':
      return route.system;
    case 'slo':
      return route.name;
    case 'decision':
      return route.id;
    case 'incident':
      return `Incident ${route.id}`;
    default:
      return null;
  }
}

export function titleOf(route: Route): string {
  const section = SECTIONS.find((one) => one.name === sectionOf(route));
  const parts = [entityOf(route), section?.label ?? 'Not found', 'Leeway'];
  return parts.filter((part) => part !== null).join(' · ');
}
