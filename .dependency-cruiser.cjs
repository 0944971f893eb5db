/**
 * Layer rules. Nothing is decided here: the rooms and their arrows are listed in contracts/architecture.json, and
 * src/governance/layers.ts turns the list into rules. Needs a Node that reads TypeScript (22.18 or later, as in devDependencies).
 */
const { ARCHITECTURE } = require('./src/governance/architecture.ts');
const { layerRules } = require('./src/governance/layers.ts');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: layerRules(ARCHITECTURE),
  options: {
    // Type-only imports count, and so does a built-in module that is fetched by name at run time.
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    combinedDependencies: true,
    doNotFollow: { path: '(^|/)node_modules/' },
    // `paths` of this file lead `#platform` to the source; the package's own `imports` lead to dist, which need not exist.
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
  },
};
