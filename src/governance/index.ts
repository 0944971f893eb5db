/** Architecture rules as data, and checks for host apps. The public entry point `@org/ai-image/governance`. */
export type { Architecture, ArchitectureModule } from './architecture.ts';
export { ARCHITECTURE } from './architecture.ts';
export type { CheckSourceInput, CheckSourceResult, Finding } from './check-source.ts';
export { checkSource, formatFinding } from './check-source.ts';
export type { Construct, ImportKind } from './facts.ts';
export { CONSTRUCTS } from './facts.ts';
export type { SourceFiles } from './files.ts';
export type { HostSourceOptions, LayerFinding } from './host.ts';
export { checkHostLayers, checkHostSource } from './host.ts';
export type { HostOptions } from './host-rules.ts';
export { hostRules, VENDOR_SDKS } from './host-rules.ts';
export type { LayerRule } from './layers.ts';
export { layerRules } from './layers.ts';
export type { DependencyCruiserPreset } from './preset.ts';
export { dependencyCruiserPreset } from './preset.ts';
export type { ForbiddenImports, RuleException, SourceRule } from './rules.ts';
export { PACKAGE_RULES, VENDOR_WORDS } from './rules.ts';
