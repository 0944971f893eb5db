/** The same rules for dependency-cruiser, which follows imports to the files they lead to. */
import { ALL_FACES, type HostOptions, INNER_FACES, PACKAGE, providerLayerPattern, VENDOR_SDKS } from './host-rules.ts';

/** What a host puts into the `extends` or the top level of its `.dependency-cruiser.cjs` or `.mjs`. */
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
  };
}

/**
 * Layer rules for an app that uses this package: no import past its entry points, and only one folder may import providers and
 * transport. Type-only imports count. Pure: needs nothing installed.
 * @param options where the provider layer is, and whether vendors' SDKs are forbidden elsewhere
 * @returns rules and the options under which they see every kind of import
 * @example
 * // .dependency-cruiser.mjs
 * import { dependencyCruiserPreset } from '@org/ai-image/governance';
 * export default dependencyCruiserPreset({ providerLayer: 'src/images' });
 */
export function dependencyCruiserPreset(options: HostOptions = {}): DependencyCruiserPreset {
  const { providerLayer, forbidVendorSdks = false } = options;
  const sdks = forbidVendorSdks === true ? VENDOR_SDKS : forbidVendorSdks || [];
  const elsewhere = providerLayer ? { pathNot: providerLayerPattern(providerLayer) } : {};
  return {
    forbidden: [
      {
        name: 'no-deep-import',
        severity: 'error',
        comment: `Import only the entry points of ${PACKAGE}.`,
        from: { pathNot: OUR_OWN_FILES },
        to: { path: `(^|/)${PACKAGE}(/|$)`, pathNot: [...ALL_FACES.resolved] },
      },
      {
        name: 'no-bypass',
        severity: 'error',
        comment: `Only ${providerLayer ?? 'a folder named as providerLayer'} may import providers and transport of ${PACKAGE}.`,
        from: { pathNot: elsewhere.pathNot ? `${OUR_OWN_FILES}|${elsewhere.pathNot}` : OUR_OWN_FILES },
        to: { path: [...INNER_FACES.resolved] },
      },
      ...(sdks.length === 0
        ? []
        : [
            {
              name: 'no-vendor-sdk',
              severity: 'error' as const,
              comment: `Pictures are made through ${PACKAGE}.`,
              from: { pathNot: elsewhere.pathNot ? `(^|/)node_modules/|${elsewhere.pathNot}` : '(^|/)node_modules/' },
              to: { path: sdks.map((name) => `(^|(^|/)node_modules/)${name.replaceAll('.', '\\.')}(/|$)`) },
            },
          ]),
    ],
    options: {
      tsPreCompilationDeps: true,
      detectProcessBuiltinModuleCalls: true,
      doNotFollow: { path: '(^|/)node_modules/' },
      enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
    },
  };
}

/** The package's own files import each other as they like. */
const OUR_OWN_FILES = `(^|/)${PACKAGE}/`;
