/** Source rules for host apps: which entry points of this package they may import, and from where. */
import { ARCHITECTURE, escapePattern, pathPattern } from './architecture.ts';
import type { SourceRule } from './rules.ts';

export const PACKAGE = '@org/ai-image';

/**
 * npm packages that call the same vendors directly: the vendors' SDKs, other known clients, the AI SDK's packages, and gateways. Imports of subpaths count. For BFL and Recraft none is known.
 * Source: names and descriptions in the npm registry, 2026-11-29; Firefly: developer.adobe.com, "Firefly Services SDK".
 */
export const VENDOR_SDKS = [
  '@adobe/firefly-apis',
  '@adobe/firefly-services-common-apis',
  '@adobe/firefly-services-sdk-core',
  '@ai-sdk/amazon-bedrock',
  '@ai-sdk/azure',
  '@ai-sdk/black-forest-labs',
  '@ai-sdk/fal',
  '@ai-sdk/gateway',
  '@ai-sdk/google',
  '@ai-sdk/google-vertex',
  '@ai-sdk/huggingface',
  '@ai-sdk/luma',
  '@ai-sdk/openai',
  '@ai-sdk/openai-compatible',
  '@ai-sdk/replicate',
  '@ai-sdk/xai',
  '@aigne/ideogram',
  '@aws-sdk/client-bedrock-runtime',
  '@azure-rest/ai-inference',
  '@azure/openai',
  '@fal-ai/client',
  '@fal-ai/server-proxy',
  '@fal-ai/serverless-client',
  '@fal-ai/serverless-proxy',
  '@google-cloud/aiplatform',
  '@google-cloud/vertexai',
  '@google/genai',
  '@google/generative-ai',
  '@gradio/client',
  '@huggingface/inference',
  '@leonardo-ai/sdk',
  '@openrouter/ai-sdk-provider',
  '@openrouter/sdk',
  '@runwayml/sdk',
  '@saintno/comfyui-sdk',
  '@stable-canvas/comfyui-client',
  'comfy-ui-client',
  'lumaai',
  'openai',
  'replicate',
  'replicate-api',
  'stability-ai',
  'stability-client',
  'xai-sdk',
] as const;

export interface HostOptions {
  /**
   * The only folder of the app that may import `@org/ai-image/providers/*` and `@org/ai-image/transport`, relative to the root of the
   * check, e.g. `src/images`.
   * @default no folder
   */
  readonly providerLayer?: string | undefined;
  /**
   * Whether code outside the provider layer may import a vendor's own SDK: `true` forbids all in `VENDOR_SDKS`, a list forbids the
   * packages named.
   * @default false
   */
  readonly forbidVendorSdks?: boolean | readonly string[] | undefined;
  /**
   * The app's `tsconfig.json` with its `paths`, relative to the root of the check, e.g. `tsconfig.json`. With it, dependency-cruiser resolves
   * aliases such as `@/images`. The source check compares specifiers as written and does not resolve aliases.
   * @default aliases are not resolved
   */
  readonly tsConfig?: string | undefined;
}

/** Regular expressions, as texts: for import specifiers, and for the files they resolve to. */
export interface EntryPointPatterns {
  readonly specifiers: readonly string[];
  readonly files: readonly string[];
}

const { general, providerLayerOnly } = ARCHITECTURE.entryPoints;

/** All entry points. */
export const ALL_ENTRY_POINTS = entryPointPatterns([...general, ...providerLayerOnly]);
/** The entry points that only the provider layer may import. */
export const PROVIDER_LAYER_ENTRY_POINTS = entryPointPatterns(providerLayerOnly);

/** Returns the source rules for a host app. */
export function hostRules({ providerLayer, forbidVendorSdks = false }: HostOptions = {}): SourceRule[] {
  const sdks = forbidVendorSdks === true ? VENDOR_SDKS : forbidVendorSdks || [];
  const except = providerLayer
    ? [{ path: normalizeFolder(providerLayer), why: 'This folder is the provider layer.' }]
    : [];
  return [
    {
      id: 'no-deep-import',
      why: `Import an entry point of ${PACKAGE} instead. Only entry points are stable; other files of the package can change in any release.`,
      imports: { from: [`^${PACKAGE}(/|$)`, `(^|/)node_modules/${PACKAGE}(/|$)`], but: ALL_ENTRY_POINTS.specifiers },
    },
    {
      id: 'no-bypass',
      why: providerLayer
        ? `Only ${providerLayer} may import it. Use what ${providerLayer} exports, or getProvider of ${PACKAGE}.`
        : `Use getProvider of ${PACKAGE}, or set \`providerLayer\` to the folder that wraps providers.`,
      except,
      imports: { from: PROVIDER_LAYER_ENTRY_POINTS.specifiers },
    },
    ...(sdks.length === 0
      ? []
      : [
          {
            id: 'no-vendor-sdk',
            why: `Make images through ${PACKAGE}, so that limits, budgets and tests cover all vendors.`,
            except,
            imports: { from: sdks.map((name) => `^${escapePattern(name)}(/|$)`) },
          },
        ]),
  ];
}

/** Turns `src/images/` and `./src/images` into `src/images`. */
function normalizeFolder(path: string): string {
  return path.replace(/^\.\//, '').replace(/\/$/, '');
}

/** Returns a regular expression, as text, for the files of the provider layer. */
export function providerLayerPattern(path: string): string {
  return pathPattern(normalizeFolder(path));
}

/**
 * The entry point `./x` is imported as `@org/ai-image/x` and resolves to `dist/x.js` or `dist/x/index.js`. A test checks this.
 */
function entryPointPatterns(entryPoints: readonly string[]): EntryPointPatterns {
  const name = escapePattern(PACKAGE);
  const inside = entryPoints.map((path) => escapePattern(path.replace(/^\.\/?/, '')).replace('\\*', '[^/]+'));
  return {
    specifiers: inside.map((path) => `^${name}${path && '/'}${path}$`),
    files: inside.map((path) =>
      path.endsWith('\\.json')
        ? `(^|/)${name}/${path}$`
        : `(^|/)${name}(${path && `/${path}`}|/dist${path && `/${path}`}(/index)?\\.(d\\.ts|js))$`,
    ),
  };
}
