/**
 * Layer rules. contracts/architecture.json lists the modules and their allowed imports; src/governance/layers.ts turns the list into
 * rules. Requires a Node that runs TypeScript (22.18 or later, as in devDependencies).
 */
const { ARCHITECTURE } = require('./src/governance/architecture.ts');
const { layerRules } = require('./src/governance/layers.ts');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: layerRules(ARCHITECTURE),
  options: {
    // Type-only imports count, and so do built-in modules loaded by name at run time.
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    combinedDependencies: true,
    doNotFollow: { path: '(^|/)node_modules/' },
    // Its `paths` map `#platform` to the source; the `imports` of package.json point to dist, which may not exist.
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
  },
};
