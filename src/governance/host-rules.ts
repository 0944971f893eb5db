/** The rules for an app that uses this package: which of its entry points may be imported, and from where. */
import { ARCHITECTURE, escapePattern, pathPattern } from './architecture.ts';
import type { SourceRule } from './rules.ts';

export const PACKAGE = '@org/ai-image';

/** npm packages of vendors with which pictures are made past this package. */
export const VENDOR_SDKS = [
  '@ai-sdk/azure',
  '@ai-sdk/black-forest-labs',
  '@ai-sdk/fal',
  '@ai-sdk/google',
  '@ai-sdk/google-vertex',
  '@ai-sdk/luma',
  '@ai-sdk/openai',
  '@ai-sdk/replicate',
  '@ai-sdk/xai',
  '@aws-sdk/client-bedrock-runtime',
  '@fal-ai/client',
  '@fal-ai/serverless-client',
  '@google-cloud/aiplatform',
  '@google/genai',
  '@google/generative-ai',
  '@huggingface/inference',
  '@leonardo-ai/sdk',
  '@runwayml/sdk',
  'ideogram',
  'lumaai',
  'openai',
  'replicate',
  'stability-client',
] as const;

export interface HostOptions {
  /**
   * The one folder of the app that may import `@org/ai-image/providers/*` and `@org/ai-image/transport`, relative to the root of the
   * check, e.g. `src/images`.
   * @default no folder may
   */
  readonly providerLayer?: string | undefined;
  /**
   * Whether code outside the provider layer may import a vendor's own SDK: `true` forbids all in `VENDOR_SDKS`, a list forbids the
   * packages named.
   * @default false
   */
  readonly forbidVendorSdks?: boolean | readonly string[] | undefined;
}

/** Texts of regular expressions, for what is written in an import and for the file it leads to. */
export interface FacePatterns {
  readonly written: readonly string[];
  readonly resolved: readonly string[];
}

const { forEveryone, providerLayerOnly } = ARCHITECTURE.faces;

/** Every entry point there is. */
export const ALL_FACES = facePatterns([...forEveryone, ...providerLayerOnly]);
/** Those for the provider layer alone. */
export const INNER_FACES = facePatterns(providerLayerOnly);

/** The source rules for a host app. */
export function hostRules({ providerLayer, forbidVendorSdks = false }: HostOptions = {}): SourceRule[] {
  const sdks = forbidVendorSdks === true ? VENDOR_SDKS : forbidVendorSdks || [];
  const except = providerLayer ? [{ path: folder(providerLayer), why: 'It is the provider layer.' }] : [];
  return [
    {
      id: 'no-deep-import',
      why: `Only the entry points of ${PACKAGE} are kept stable; a file inside it may change any day.`,
      imports: { from: [`^${PACKAGE}(/|$)`, `(^|/)node_modules/${PACKAGE}(/|$)`], but: ALL_FACES.written },
    },
    {
      id: 'no-bypass',
      why: providerLayer
        ? `Only ${providerLayer} may; the rest of the app uses what it exports, or getProvider of ${PACKAGE}.`
        : `Use getProvider of ${PACKAGE}, or name the folder that wraps providers as \`providerLayer\`.`,
      except,
      imports: { from: INNER_FACES.written },
    },
    ...(sdks.length === 0
      ? []
      : [
          {
            id: 'no-vendor-sdk',
            why: `Pictures are made through ${PACKAGE}, so that limits, budgets and tests hold for all vendors.`,
            except,
            imports: { from: sdks.map((name) => `^${escapePattern(name)}(/|$)`) },
          },
        ]),
  ];
}

/** `src/images/` and `./src/images` as `src/images`. */
function folder(path: string): string {
  return path.replace(/^\.\//, '').replace(/\/$/, '');
}

/** Where the provider layer lies, as the text of a regular expression. */
export function providerLayerPattern(path: string): string {
  return pathPattern(folder(path));
}

/**
 * An entry point `./x` is written `@org/ai-image/x` and leads to `dist/x.js` or `dist/x/index.js`; a test holds the package to that.
 */
function facePatterns(faces: readonly string[]): FacePatterns {
  const name = escapePattern(PACKAGE);
  const inside = faces.map((face) => escapePattern(face.replace(/^\.\/?/, '')).replace('\\*', '[^/]+'));
  return {
    written: inside.map((path) => `^${name}${path && '/'}${path}$`),
    resolved: inside.map((path) =>
      path.endsWith('\\.json')
        ? `(^|/)${name}/${path}$`
        : `(^|/)${name}(${path && `/${path}`}|/dist${path && `/${path}`}(/index)?\\.(d\\.ts|js))$`,
    ),
  };
}
