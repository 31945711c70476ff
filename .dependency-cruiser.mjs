/** The house rules that a tool checks. Each names what it protects, so that a failure explains itself. */

const sdk = '(^|/)node_modules/(@aws-sdk|@smithy|@middy|@aws-lambda-powertools|jose)'
const nodeItself =
  '^(node:)?(child_process|cluster|crypto|dns|fs|http|https|net|os|perf_hooks|process|timers|tls|worker_threads)(/|$)'
const contexts = 'ordering|inventory|payments|shipping|notifications|recovery|support|partners|edge'

/** Pure rooms may import each other and what is pure in the toolkit. */
const pure =
  '^(functions/[^/]+/decide\\.ts|sagas/engine/(transition|definition|state|ids|outstanding)\\.ts|reactive/participant\\.ts|events/)'

export default {
  forbidden: [
    {
      name: 'pure-core-has-no-sdk',
      comment: 'Deciders, the transition and the contracts are pure: no SDK, directly or by a detour.',
      severity: 'error',
      from: { path: pure },
      to: { path: sdk, reachable: true },
    },
    {
      name: 'pure-core-has-no-node',
      comment: 'Deciders, the transition and the contracts read no file, clock, randomness or environment of Node.',
      severity: 'error',
      from: { path: pure },
      to: { path: nodeItself, reachable: true },
    },
    {
      name: 'pure-core-reads-no-environment',
      comment: 'The environment is read at the edge, in one module a function.',
      severity: 'error',
      from: { path: pure },
      to: { path: 'environment\\.ts$', reachable: true },
    },
    {
      name: 'contexts-are-strangers',
      comment: 'A bounded context imports no other. They share events/ and reactive/.',
      severity: 'error',
      from: { path: `^functions/(${contexts})/` },
      to: { path: '^functions/([^/]+)/', pathNot: '^functions/$1/' },
    },
    {
      name: 'functions-share-two-rooms',
      comment: 'Services use events/ and reactive/, never the sagas, the stacks, the command line or the local cloud.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(sagas|infra|cli|local|test|bench|labs)/' },
    },
    {
      name: 'events-depend-on-nothing',
      comment: 'Contracts stand alone; everybody may depend on them.',
      severity: 'error',
      from: { path: '^events/' },
      to: { path: '^(functions|sagas|reactive|infra|cli|local|test|bench|labs)/' },
    },
    {
      name: 'toolkit-knows-no-domain',
      comment: 'The reactive toolkit is usable without the order domain.',
      severity: 'error',
      from: { path: '^reactive/' },
      to: { path: '^(functions|sagas|infra|cli|local|labs|events/(ordering|inventory|payments|shipping))' },
    },
    {
      name: 'engine-knows-no-saga',
      comment: 'The engine runs any definition; only its handlers and the index know which there are.',
      severity: 'error',
      from: { path: '^sagas/engine/', pathNot: '\\.handler\\.ts$' },
      to: { path: '^(sagas/[^/]+\\.ts|functions/|events/(ordering|inventory|payments|shipping))' },
    },
    {
      name: 'engine-knows-no-operator',
      comment: 'Operators look at sagas and send them messages; the engine runs without them.',
      severity: 'error',
      from: { path: '^sagas/(?!operators/)' },
      to: { path: '^sagas/operators/' },
    },
    {
      name: 'sagas-read-no-service',
      comment: 'Sagas and their operators speak to services by contract: they share no code and no table with one.',
      severity: 'error',
      from: { path: '^sagas/' },
      to: { path: '^(functions|infra|cli|local|test|bench|labs)/' },
    },
    {
      name: 'stacks-import-handlers-by-path-only',
      comment: 'A stack names a handler by its path; it never runs its code.',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '\\.handler\\.ts$|^functions/[^/]+/(service|store|decide)\\.ts$' },
    },
    {
      name: 'only-local-knows-backends',
      comment: 'Nothing that is deployed knows which backend it runs on.',
      severity: 'error',
      from: { path: '^(functions|sagas|events|reactive|infra)/' },
      to: { path: '^(local|cli|labs)/' },
    },
    {
      name: 'labs-ask-no-cloud',
      comment: 'A lab runs decisions of production in a world of its own: no SDK, no clock, no deployed system.',
      severity: 'error',
      from: { path: '^labs/' },
      to: { path: '^(cli|local|infra|test|bench)/|/[^/]+\\.handler\\.ts$' },
    },
    {
      name: 'labs-use-no-sdk',
      comment: 'What a lab runs is pure, or behind a port that the lab plays.',
      severity: 'error',
      from: { path: '^labs/' },
      to: { path: sdk, reachable: true },
    },
    {
      name: 'audit-is-independent',
      comment: 'The audit shares no code with what it audits but the contracts.',
      severity: 'error',
      from: { path: '^cli/audit' },
      to: { path: '^(functions|sagas|reactive)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Modules that need each other are one module, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'Every imported package stands in package.json.',
      severity: 'error',
      from: {},
      // `aws-lambda` is only types: the package of that name is another thing.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'], pathNot: '^aws-lambda$' },
    },
    {
      name: 'deployed-code-needs-run-time-packages',
      comment: 'What is deployed depends on dependencies, not on devDependencies.',
      severity: 'error',
      from: { path: '^(functions|sagas|events|reactive)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: {
      path: '^(node_modules/(?!@aws-sdk|@smithy|@middy|@aws-lambda-powertools|jose)|cdk\\.out|\\.neverstop|dist)',
    },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
