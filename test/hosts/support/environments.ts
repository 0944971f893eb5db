/** The environments in which the package is tried, each with a small host project in `test/hosts/<folder>`. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

export interface Environment {
  /** As docs/environments.md names it. */
  readonly title: string;
  /** The folder of the host project, below `test/hosts`. */
  readonly folder: string;
  /** Arguments of `node` in the installed project. */
  readonly args: readonly string[];
  /** @default {} */
  readonly env?: Readonly<Record<string, string>>;
  /** @default false */
  readonly needsChromium?: boolean;
  /** What the host's line of JSON says. */
  readonly expected: object;
  /** For docs/environments.md: what users of this environment need to know. */
  readonly note: string;
}

/** The result of `scenario.mjs` where a refused connection can be told from a lost reply. */
const images = {
  offline: 'png, a PNG file',
  vendor: 'png, a PNG file',
  refused: 'content_refused, charged: unknown',
  unreachable: 'unavailable, charged: no',
};
const UNKNOWN = 'outcome_unknown, charged: unknown';
const NO_REASON = '`fetch` does not say why it failed, so every failed connection is `outcome_unknown`.';

/** Beside the project, the file with the certificate of the test's server. */
export const AUTHORITY_FILE = 'authority.pem';

export const ENVIRONMENTS: readonly Environment[] = [
  {
    title: 'Node.js, ES modules',
    folder: 'node',
    args: ['modules.mjs'],
    expected: images,
    note: 'The quick tests run with Node.js 22, 24 and 26.',
  },
  {
    title: 'Node.js, CommonJS',
    folder: 'node',
    args: ['required.cjs'],
    expected: images,
    note: 'The package has only ES modules; `require()` loads them.',
  },
  {
    title: 'Worker threads',
    folder: 'node',
    args: ['threads.mjs'],
    expected: { ...images, posted: 'PNG, timeout, stub-job-1' },
    note: '`imageBytes.buffer` can be transferred. Post an error as `toPortableJSON(error)`, which keeps its job; `AiImageError.fromJSON` restores it.',
  },
  {
    title: 'Unknown certificate authority',
    folder: 'node',
    args: ['certificate.mjs'],
    expected: { code: 'unavailable', charged: 'no', hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') },
    note: 'If the server’s certificate is from an authority that Node does not know, the error names `NODE_EXTRA_CA_CERTS`.',
  },
  {
    title: 'Certificate authority of a company',
    folder: 'node',
    args: ['certificate.mjs'],
    env: { NODE_EXTRA_CA_CERTS: AUTHORITY_FILE },
    expected: { format: 'png' },
    note: 'Set `NODE_EXTRA_CA_CERTS` to a PEM file before the process starts.',
  },
  { title: 'Bun', folder: 'bun', args: ['run.mjs'], expected: images, note: '' },
  {
    title: 'Deno',
    folder: 'deno',
    args: ['run.mjs'],
    expected: images,
    note: 'Needs `--allow-net`, `--allow-env` and `--allow-read`.',
  },
  {
    title: 'Cloudflare Workers (workerd)',
    folder: 'workerd',
    args: ['host.mjs'],
    expected: { ...images, unreachable: UNKNOWN },
    note: `No compatibility flag is needed. ${NO_REASON}`,
  },
  {
    title: 'Browser, bundled by Vite',
    folder: 'vite',
    args: ['host.mjs'],
    needsChromium: true,
    expected: { ...images, unreachable: UNKNOWN },
    note: `The vendor must allow requests from your page (CORS). ${NO_REASON}`,
  },
  {
    title: 'webpack',
    folder: 'webpack',
    args: ['host.mjs'],
    expected: { ...images, warnings: [] },
    note: 'For Node.js and for browsers, without configuration or warnings.',
  },
  {
    title: 'Next.js, Node.js runtime',
    folder: 'next',
    args: ['host.mjs', 'node'],
    expected: { ...images, provider: 'instrumented' },
    note: 'Routes use the provider that `instrumentation.js` sets with `setProvider`.',
  },
  {
    title: 'Next.js, edge runtime',
    folder: 'next',
    args: ['host.mjs', 'edge'],
    expected: { ...images, provider: 'instrumented' },
    note: 'Routes use the provider that `instrumentation.js` sets with `setProvider`. Next.js forbids `CompressionStream` there, so masks cannot be converted.',
  },
  {
    title: 'Jest',
    folder: 'jest',
    args: ['host.mjs'],
    expected: images,
    note: 'Run it with `node --experimental-vm-modules`, as its documentation says for ES modules.',
  },
  {
    title: 'TypeScript',
    folder: 'typescript',
    args: ['host.mjs'],
    expected: { failures: [] },
    note: 'With `strict` and without `skipLibCheck`; the package needs TypeScript 5.7 or later.',
  },
];

/** The versions of an environment as docs/environments.md shows them, e.g. `vite 8.3.8`, from the host's package.json. */
export function versionsOf({ folder }: Pick<Environment, 'folder'>): string {
  const { devDependencies = {} } = readManifest(`test/hosts/${folder}/package.json`);
  const versions = Object.entries(devDependencies).map(([name, version]) =>
    version.startsWith('npm:') ? version.slice('npm:'.length).replace('@', ' ') : `${name} ${version}`,
  );
  return versions.length > 0 ? versions.join(', ') : `Node.js ${readManifest('package.json').devDependencies?.node}`;
}

function readManifest(path: string): { readonly devDependencies?: Readonly<Record<string, string>> } {
  return JSON.parse(readFileSync(path, 'utf8'));
}
