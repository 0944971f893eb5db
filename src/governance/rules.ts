/** Rules about what a file may say, as data. `checkSource` applies them. */
import { ARCHITECTURE, modulePattern, pathPattern } from './architecture.ts';
import type { Construct, ImportKind } from './facts.ts';

export interface SourceRule {
  readonly id: string;
  /** Why, in one sentence; it ends every finding. */
  readonly why: string;
  /** Texts of regular expressions for the paths it is about. @default every file */
  readonly within?: readonly string[] | undefined;
  /** Files and folders it is not about, each with the reason. */
  readonly except?: readonly RuleException[] | undefined;
  /** Values of the platform, by full name: `process.env`, `node:child_process.exec`. What lies below a name is meant too. */
  readonly globals?: readonly string[] | undefined;
  /** Functions and methods that may not be called under this name, on whatever object. */
  readonly calls?: readonly { readonly name: string; readonly argumentCount?: number }[] | undefined;
  /** Whole identifiers. */
  readonly names?: readonly string[] | undefined;
  /** Words that no identifier and no property key may hold; a plural counts, several words in a row count as one. */
  readonly words?: readonly string[] | undefined;
  /** Words that no string and no file name may hold either. */
  readonly textWords?: readonly string[] | undefined;
  /** Identifiers to which `words` does not apply. */
  readonly allowedNames?: readonly string[] | undefined;
  readonly constructs?: readonly Construct[] | undefined;
  readonly imports?: ForbiddenImports | undefined;
}

export interface RuleException {
  readonly path: string;
  readonly why: string;
}

export interface ForbiddenImports {
  /** Texts of regular expressions for what is imported from. */
  readonly from: readonly string[];
  /** Of these, the ones that are allowed. */
  readonly but?: readonly string[] | undefined;
  /** @default every kind */
  readonly kinds?: readonly ImportKind[] | undefined;
}

const room = (...names: string[]) => names.map((name) => modulePattern(ARCHITECTURE, name));
const portableRooms = ARCHITECTURE.rooms.filter(({ portable }) => portable).map(({ name }) => name);

const NETWORK = [
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'WebSocketStream',
  'EventSource',
  'WebTransport',
  'navigator.sendBeacon',
];
const CLOCK = [
  'Date',
  'Temporal.Now',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'scheduler',
  'requestIdleCallback',
];
const CHANCE = ['Math.random', 'crypto'];
const SURROUNDINGS = [
  'process',
  'Deno',
  'Bun',
  'import.meta.env',
  'console',
  'globalThis',
  'window',
  'self',
  'global',
  'document',
  'navigator',
  'location',
  'localStorage',
  'sessionStorage',
  'indexedDB',
  'caches',
];

/** Names of vendors and of their products. Written apart or together (`openAi`, `open_ai`) they count alike. */
export const VENDOR_WORDS = [
  'adobe',
  'anthropic',
  'bedrock',
  'bfl',
  'blackforestlabs',
  'comfy',
  'comfyui',
  'dalle',
  'fal',
  'firefly',
  'flux',
  'gemini',
  'grok',
  'huggingface',
  'ideogram',
  'imagen',
  'leonardo',
  'luma',
  'midjourney',
  'openai',
  'openrouter',
  'recraft',
  'replicate',
  'runway',
  'runwayml',
  'stability',
  'titan',
  'vertex',
  'xai',
] as const;

/** The rules of this package. The layer rules beside them are in `layers.ts`. */
export const HOUSE_RULES: readonly SourceRule[] = [
  {
    id: 'adapters-are-pure',
    why: 'An adapter is data and pure functions: network, clock, chance and surroundings belong to the transport and the kit.',
    within: room('adapter', 'stub'),
    globals: [...NETWORK, ...CLOCK, ...CHANCE, ...SURROUNDINGS],
    calls: [{ name: 'fetch' }],
  },
  {
    id: 'adapters-have-no-classes',
    why: 'An adapter is data and pure functions; what has a life belongs to the kit.',
    within: room('adapter', 'stub'),
    except: [
      { path: 'src/providers/stub/stub-provider.ts', why: 'Host apps write `new StubProvider()` in their tests.' },
    ],
    constructs: ['class'],
  },
  {
    id: 'transport-names-no-domain',
    why: 'M4: the transport knows requests, replies and attempts, and nothing of what is drawn.',
    within: room('transport'),
    words: ['image', 'picture', 'prompt', 'provider', 'vendor', 'model'],
    names: ['JobHandle', 'CallContext', 'EditRequest', 'RequestPlan', 'GenerateParams'],
    // The one method that the contract names.
    allowedNames: ['generateImageBytes'],
  },
  {
    id: 'transport-names-no-vendor',
    why: 'P4: what a vendor does is said by its adapter; the transport treats all alike.',
    within: room('transport'),
    except: [
      {
        path: 'src/transport/net/redact.ts',
        why: 'Knows how usual keys begin, so that one that strays into a text is blacked out.',
      },
    ],
    words: VENDOR_WORDS,
    textWords: VENDOR_WORDS,
  },
  {
    id: 'network-only-in-transport',
    why: 'P3: every call goes through the transport, with its limits, retries and redaction.',
    within: ['^src/'],
    except: [
      { path: 'src/transport', why: 'It is the transport.' },
      {
        path: 'src/store/storage/s3/exchange.ts',
        why: "Node only: the user's own bucket and no provider's call; it has limits, retries and bare errors of its own.",
      },
    ],
    globals: [
      ...NETWORK,
      'node:http.request',
      'node:http.get',
      'node:https.request',
      'node:https.get',
      'node:http2.connect',
    ],
  },
  {
    id: 'fetch-is-handed-on',
    why: 'P3: a `fetch` that a caller supplied is handed to the transport and called there.',
    within: room(...portableRooms.filter((name) => name !== 'transport')),
    calls: [{ name: 'fetch' }],
  },
  {
    id: 'environment-only-in-config',
    why: 'Settings come in as arguments; only the room `config` reads the environment.',
    within: ['^src/'],
    except: [
      { path: 'src/config', why: 'It is the room that reads the environment.' },
      {
        path: 'src/apps/cli/main.ts',
        why: 'The start of the program: hands the environment on and reads nothing in it.',
      },
    ],
    globals: ['process.env', 'process.loadEnvFile', 'import.meta.env', 'Deno.env', 'Bun.env'],
  },
  {
    id: 'json-is-read-in-one-place',
    why: 'X05: the reader of bodies refuses `__proto__`, endless depth and endless length; JSON.parse does not.',
    within: ['^src/'],
    except: [
      {
        path: 'src/transport/body/scan/json-parse.ts',
        why: 'It is the reader; what it parses has been checked byte by byte.',
      },
      {
        path: 'src/providers/stub/service.ts',
        why: "The stub's own server, in this process: it reads what its adapter wrote a moment ago.",
      },
      { path: 'src/config', why: 'Node only: files of the user who runs the program, checked by a schema.' },
      { path: 'src/store', why: 'Node only: sidecars and records that this package wrote, checked by a schema.' },
      { path: 'src/provenance/c2pa', why: 'Node only: the report that the C2PA library wrote, read field by field.' },
      { path: 'src/queue', why: 'Node only: records that this package wrote, checked by a schema.' },
      { path: 'src/testing', why: 'Tests only: requests that a test itself made.' },
      {
        path: 'src/apps',
        why: 'Node only: files and arguments of the user who runs the program, checked by a schema.',
      },
    ],
    globals: ['JSON.parse'],
    calls: [{ name: 'json', argumentCount: 0 }],
  },
  {
    id: 'no-code-from-text',
    why: 'X05: text that came from outside must never run.',
    within: ['^src/'],
    globals: ['eval', 'Function', 'node:vm', 'WebAssembly.compile', 'WebAssembly.instantiate'],
    constructs: ['code from text'],
  },
  {
    id: 'no-shell',
    why: 'X05: a shell reads file names as commands; start programs with `spawn` or `execFile` and a list of arguments.',
    within: ['^src/'],
    globals: ['node:child_process.exec', 'node:child_process.execSync'],
    constructs: ['shell'],
  },
  {
    id: 'chance-only-for-jitter',
    why: 'X05: ids and keys need `crypto`; drawings need a seed.',
    within: ['^src/'],
    except: [{ path: 'src/transport/flow/wait.ts', why: 'Jitter between attempts; nothing is named by it.' }],
    globals: ['Math.random'],
  },
  {
    id: 'imports-are-literal',
    why: 'An import that is computed cannot be checked, bundled or read.',
    within: ['^src/'],
    constructs: ['computed import', 'computed global'],
  },
  {
    id: 'expressions-are-literal',
    why: 'X04: a regular expression that is made at run time cannot be tested for texts that stop it.',
    within: ['^src/'],
    except: [
      {
        path: 'src/governance',
        why: 'Node only: made from the lists of this package and of the host, run on file names.',
      },
    ],
    constructs: ['computed regular expression'],
  },
];

/** The text of a regular expression for an exception. */
export function exceptionPattern({ path }: RuleException): string {
  return pathPattern(path);
}
