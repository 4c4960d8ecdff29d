// Who may import whom, from the inside out:
//   stats → model → store/ports → collector | analyzers | alerts → api → app; the dashboard sees api/contract.
const AREAS = '^(model|store|collector|analyzers|alerts|api|app|dashboard|sdk|test|examples|bench|scripts)/';
const onlyMay = (from, name, comment, ...paths) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: AREAS, pathNot: [from, ...paths] },
});
const BASE = ['^model/', '^store/ports/'];
const PURE = '^(model|analyzers/(stats|drift|slo|quality|performance)|alerts/decide)/';

module.exports = {
  forbidden: [
    onlyMay('^analyzers/stats/', 'stats-stand-alone', 'Numerics know nothing of Leeway.'),
    onlyMay('^model/', 'model-is-the-base', 'The shared language depends on no area.'),
    onlyMay('^store/', 'store-serves-the-model', 'Adapters know the model, not its users.', '^model/'),
    onlyMay('^collector/', 'collector-alone', 'Areas meet in the store, not in code.', ...BASE),
    onlyMay('^analyzers/', 'analyzers-alone', 'Areas meet in the store, not in code.', ...BASE),
    onlyMay('^alerts/', 'alerts-alone', 'Areas meet in the store, not in code.', ...BASE),
    onlyMay('^api/', 'api-has-no-adapter', 'The API asks ports and commands.', '^alerts/', ...BASE),
    onlyMay(
      '^dashboard/',
      'dashboard-sees-the-api',
      'The browser knows the API only.',
      '^model/',
      '^api/contract/',
    ),
    onlyMay('^sdk/', 'sdk-stands-alone', 'What a deciding service imports must stay small.', '^model/'),
    onlyMay(
      '^examples/',
      'examples-use-public-doors',
      'An example is a user: it has no key to the house.',
      '^sdk/',
    ),
    {
      name: 'app-is-the-root',
      comment: 'The composition root is imported by nobody.',
      severity: 'error',
      from: { path: '^(model|store|collector|analyzers|alerts|api|dashboard|sdk|examples)/' },
      to: { path: '^(app|test|bench|scripts)/' },
    },
    {
      name: 'ports-hold-no-driver',
      severity: 'error',
      from: { path: '^store/ports/' },
      to: { path: '^store/(clickhouse|postgres)/|node_modules' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-means-no-io',
      comment: 'Data in, data out: no Node module.',
      severity: 'error',
      from: { path: PURE },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'stats-use-one-package',
      severity: 'error',
      from: { path: '^analyzers/stats/' },
      to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: 'node_modules/simple-statistics' },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      severity: 'error',
      from: { path: '^(model|store|collector|analyzers|alerts|api|app|sdk)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(svelte|virtual:)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'svelte', 'default'],
    },
  },
};
