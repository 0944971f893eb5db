/** Loads the packages that only C2PA needs. They are optional peer dependencies, loaded on first use. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { AiImageError } from '../../providers/protocol/index.ts';

export interface SigningLibrary {
  readonly asset: typeof import('@trustnxt/c2pa-ts/asset');
  readonly cose: typeof import('@trustnxt/c2pa-ts/cose');
  readonly manifest: typeof import('@trustnxt/c2pa-ts/manifest');
}

export type VerifyingLibrary = typeof import('@contentauth/c2pa-wasm');

/** @throws AiImageError `not_configured`, with the name of the package to install */
export async function loadSigningLibrary(): Promise<SigningLibrary> {
  try {
    const [asset, cose, manifest] = await Promise.all([
      import('@trustnxt/c2pa-ts/asset'),
      import('@trustnxt/c2pa-ts/cose'),
      import('@trustnxt/c2pa-ts/manifest'),
    ]);
    return { asset, cose, manifest };
  } catch (cause) {
    throw missing('@trustnxt/c2pa-ts', 'signing an image', cause);
  }
}

/**
 * Loads nine megabytes of WebAssembly, compiled once per process (about 150 ms). The library makes no network requests, because
 * `verifyManifest` disables them in its settings.
 * @throws AiImageError `not_configured`, with the name of the package to install
 */
export function loadVerifyingLibrary(): Promise<VerifyingLibrary> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

let loading: Promise<VerifyingLibrary> | undefined;

async function load(): Promise<VerifyingLibrary> {
  try {
    const library = await import('@contentauth/c2pa-wasm');
    const path = createRequire(import.meta.url).resolve('@contentauth/c2pa-wasm/c2pa.wasm');
    await library.default({ module_or_path: await readFile(path) });
    return library;
  } catch (cause) {
    throw missing('@contentauth/c2pa-wasm', 'verifying a C2PA manifest', cause);
  }
}

/** Other errors while loading are passed on unchanged, because installing the package would not help. */
function missing(name: string, purpose: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const isAbsent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  // Matches the name with its opening quote, because the path of a package that misses another one may contain the name too.
  if (!isAbsent || !String(cause).includes(`'${name}`)) return cause;
  return new AiImageError('not_configured', `${purpose} needs the package ${name}, which is not installed`, {
    hint: `Run: npm install ${name}`,
    cause,
  });
}
