/** The host rules as a dependency-cruiser preset, which resolves imports to files. */
import {
  ALL_ENTRY_POINTS,
  type HostOptions,
  PACKAGE,
  PROVIDER_LAYER_ENTRY_POINTS,
  providerLayerPattern,
  VENDOR_SDKS,
} from './host-rules.ts';

/** The content of a host's `.dependency-cruiser.cjs` or `.mjs`, or of its `extends`. */
export interface DependencyCruiserPreset {
  readonly forbidden: {
    readonly name: string;
    readonly severity: 'error';
    readonly comment: string;
    readonly from: { pathNot?: string };
    readonly to: { path: string | string[]; pathNot?: string[] };
  }[];
  readonly options: {
    readonly tsPreCompilationDeps: true;
    readonly detectProcessBuiltinModuleCalls: true;
    readonly doNotFollow: { path: string };
    readonly enhancedResolveOptions: { exportsFields: string[]; conditionNames: string[] };
    readonly tsConfig?: { fileName: string };
  };
}

/**
 * Returns layer rules for an app that uses this package: it imports only entry points, and only one folder imports providers and
 * transport. Type-only imports count. Pure function; needs no other package.
 * @param options where the provider layer is, and whether vendors' SDKs are forbidden elsewhere
 * @returns the rules, and the options with which they see every kind of import
 * @example
 * // .dependency-cruiser.mjs
 * import { dependencyCruiserPreset } from '@org/ai-image/governance';
 * export default dependencyCruiserPreset({ providerLayer: 'src/images' });
 */
export function dependencyCruiserPreset(options: HostOptions = {}): DependencyCruiserPreset {
  const { providerLayer, forbidVendorSdks = false, tsConfig } = options;
  const sdks = forbidVendorSdks === true ? VENDOR_SDKS : forbidVendorSdks || [];
  const outsideProviderLayer = providerLayer ? { pathNot: providerLayerPattern(providerLayer) } : {};
  return {
    forbidden: [
      {
        name: 'no-deep-import',
        severity: 'error',
        comment: `Import only the entry points of ${PACKAGE}. ${NOT_COVERED}`,
        from: { pathNot: PACKAGE_FILES },
        to: { path: `(^|/)${PACKAGE}(/|$)`, pathNot: [...ALL_ENTRY_POINTS.files] },
      },
      {
        name: 'no-bypass',
        severity: 'error',
        comment: `Only ${providerLayer ?? 'the folder set as providerLayer'} may import providers and transport of ${PACKAGE}. ${NOT_COVERED}`,
        from: {
          pathNot: outsideProviderLayer.pathNot ? `${PACKAGE_FILES}|${outsideProviderLayer.pathNot}` : PACKAGE_FILES,
        },
        to: { path: [...PROVIDER_LAYER_ENTRY_POINTS.files] },
      },
      ...(sdks.length === 0
        ? []
        : [
            {
              name: 'no-vendor-sdk',
              severity: 'error' as const,
              comment: `Make images through ${PACKAGE}. ${NOT_COVERED}`,
              from: {
                pathNot: outsideProviderLayer.pathNot
                  ? `(^|/)node_modules/|${outsideProviderLayer.pathNot}`
                  : '(^|/)node_modules/',
              },
              to: { path: sdks.map((name) => `(^|(^|/)node_modules/)${name.replaceAll('.', '\\.')}(/|$)`) },
            },
          ]),
    ],
    options: {
      tsPreCompilationDeps: true,
      detectProcessBuiltinModuleCalls: true,
      doNotFollow: { path: '(^|/)node_modules/' },
      enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
      ...(tsConfig !== undefined && { tsConfig: { fileName: tsConfig } }),
    },
  };
}

/** Part of every rule's comment, which dependency-cruiser prints with a finding. */
const NOT_COVERED = 'Not covered here: .vue, .svelte and .astro files. checkHostSource reads their script blocks.';

/** The package's own files may import each other. */
const PACKAGE_FILES = `(^|/)${PACKAGE}/`;
