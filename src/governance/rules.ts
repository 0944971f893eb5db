/** The source rules of this package, as data. `checkSource` applies them. */
import { ARCHITECTURE, modulePattern } from './architecture.ts';
import type { Construct, ImportKind } from './facts.ts';

export interface SourceRule {
  readonly id: string;
  /** The reason, in one sentence. It is appended to every finding. */
  readonly why: string;
  /** Regular expressions, as texts, for the paths to check. @default every file */
  readonly within?: readonly string[] | undefined;
  /** Files and folders to which the rule does not apply, each with the reason. */
  readonly except?: readonly RuleException[] | undefined;
  /** Forbidden platform values, by full name, with their properties: `process.env`, `node:child_process.exec`. */
  readonly globals?: readonly string[] | undefined;
  /** Functions and methods that may not be called, on any object. */
  readonly calls?: readonly { readonly name: string; readonly argumentCount?: number }[] | undefined;
  /** Forbidden identifiers. */
  readonly names?: readonly string[] | undefined;
  /** Words that no identifier or property key may contain, also as plurals or split into several words. */
  readonly words?: readonly string[] | undefined;
  /** Words that no string or file name may contain. */
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
  /** Regular expressions, as texts, for import specifiers. */
  readonly from: readonly string[];
  /** Exceptions: specifiers that are allowed. */
  readonly but?: readonly string[] | undefined;
  /** @default every kind */
  readonly kinds?: readonly ImportKind[] | undefined;
}

const modulesNamed = (...names: string[]) => names.map((name) => modulePattern(ARCHITECTURE, name));
const portableModules = ARCHITECTURE.modules.filter(({ portable }) => portable).map(({ name }) => name);

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
  ...['Date', 'Temporal.Now', 'performance', 'setTimeout', 'setInterval', 'setImmediate'],
  ...['scheduler', 'requestIdleCallback'],
];
const RANDOMNESS = ['Math.random', 'crypto'];
const ENVIRONMENT = [
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

/** Names of vendors and their products. They also match if split into several words (`openAi`, `open_ai`). */
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

/** An exception from every rule about properties of `globalThis`. */
const LISTS_GLOBAL_SYMBOLS: RuleException = {
  path: 'src/transport/platform/node/direct-node-fetch.ts',
  why: "Node only: finds undici's dispatchers among the symbols of `globalThis`, and reads no property with another name.",
};

const CALLS_OWN_SERVER: RuleException = { path: 'src/client', why: "Calls the caller's own server, and no provider." };

/** The source rules of this package. The layer rules are in `layers.ts`. */
export const PACKAGE_RULES: readonly SourceRule[] = [
  {
    id: 'adapters-are-pure',
    why: 'An adapter consists of data and pure functions. Network, clock, randomness and environment belong to the transport and the kit.',
    within: modulesNamed('adapter', 'stub'),
    globals: [...NETWORK, ...CLOCK, ...RANDOMNESS, ...ENVIRONMENT],
    calls: [{ name: 'fetch' }],
  },
  {
    id: 'adapters-have-no-classes',
    why: 'An adapter consists of data and pure functions. State belongs to the kit.',
    within: modulesNamed('adapter', 'stub'),
    except: [
      { path: 'src/providers/stub/stub-provider.ts', why: 'Host apps write `new StubProvider()` in their tests.' },
    ],
    constructs: ['class'],
  },
  {
    id: 'transport-names-no-domain',
    why: 'M4: the transport knows requests, replies and attempts, and nothing about images.',
    within: modulesNamed('transport'),
    words: ['image', 'picture', 'prompt', 'provider', 'vendor', 'model'],
    names: ['JobHandle', 'CallContext', 'EditRequest', 'RequestPlan', 'GenerateParams'],
    // The one method that the contract names.
    allowedNames: ['generateImageBytes'],
  },
  {
    id: 'transport-names-no-vendor',
    why: 'P4: the adapter describes its vendor; the transport treats all vendors alike.',
    within: modulesNamed('transport'),
    except: [
      {
        path: 'src/transport/net/redact/redact.ts',
        why: 'Knows the prefixes of common API keys, so that it can redact them.',
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
      { path: 'src/transport', why: 'This is the transport.' },
      {
        path: 'src/store/storage/s3/exchange.ts',
        why: "Node only: requests to the user's own bucket, not to a provider, with their own limits, retries and errors.",
      },
      { path: 'src/usage/sinks/webhook-sink.ts', why: "Node only: the user's own server; the outbox repeats." },
      CALLS_OWN_SERVER,
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
    id: 'fetch-is-passed-on',
    why: 'P3: a `fetch` from the caller is passed on to the transport, which calls it.',
    within: modulesNamed(...portableModules.filter((name) => name !== 'transport')),
    except: [CALLS_OWN_SERVER],
    calls: [{ name: 'fetch' }],
  },
  {
    id: 'portable-signals',
    why: 'Older runtimes have no `AbortSignal.any`, and in some it keeps every signal that it ever joined. Use `forwardAbort`.',
    within: modulesNamed(...portableModules),
    except: [LISTS_GLOBAL_SYMBOLS],
    globals: ['AbortSignal.any'],
  },
  {
    id: 'environment-only-in-config',
    why: 'Pass settings as arguments; only the module `config` reads the environment.',
    within: ['^src/'],
    except: [
      LISTS_GLOBAL_SYMBOLS,
      { path: 'src/config', why: 'This is the module that reads the environment.' },
      {
        path: 'src/apps/cli/main.ts',
        why: 'The start of the program: it passes the environment on and reads nothing from it.',
      },
    ],
    globals: ['process.env', 'process.loadEnvFile', 'import.meta.env', 'Deno.env', 'Bun.env'],
  },
  {
    id: 'json-is-parsed-in-one-place',
    why: 'X05: use the body reader, which refuses `__proto__` and limits depth and length; JSON.parse does not.',
    within: ['^src/'],
    except: [
      LISTS_GLOBAL_SYMBOLS,
      {
        path: 'src/transport/body/scan/json-parse.ts',
        why: 'This is the body reader; it checks every byte before it parses.',
      },
      {
        path: 'src/providers/stub/order.ts',
        why: "The stub's own server, in the same process: it reads what its adapter has just written.",
      },
      { path: 'src/config', why: 'Node only: files of the user who runs the program, checked by a schema.' },
      { path: 'src/store', why: 'Node only: sidecars and records that this package wrote, checked by a schema.' },
      { path: 'src/provenance/c2pa', why: 'Node only: reports of the C2PA library, read field by field.' },
      { path: 'src/queue', why: 'Node only: records that this package wrote, checked by a schema.' },
      { path: 'src/testing', why: 'Tests only: requests that a test has made itself.' },
      CALLS_OWN_SERVER,
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
    why: 'X05: text from outside must never be executed.',
    within: ['^src/'],
    except: [LISTS_GLOBAL_SYMBOLS],
    globals: ['eval', 'Function', 'node:vm', 'WebAssembly.compile', 'WebAssembly.instantiate'],
    constructs: ['code from text'],
  },
  {
    id: 'no-shell',
    why: 'X05: a shell may interpret file names as commands. Start programs with `spawn` or `execFile` and a list of arguments.',
    within: ['^src/'],
    globals: ['node:child_process.exec', 'node:child_process.execSync'],
    constructs: ['shell'],
  },
  {
    id: 'randomness-only-for-jitter',
    why: 'X05: use `crypto` for ids and keys, and a seed for generated images.',
    within: ['^src/'],
    except: [
      LISTS_GLOBAL_SYMBOLS,
      { path: 'src/transport/flow/wait.ts', why: 'Jitter between attempts; no id depends on it.' },
    ],
    globals: ['Math.random'],
  },
  {
    id: 'imports-are-literal',
    why: 'A computed import cannot be checked or bundled. Write the path as a literal.',
    within: ['^src/'],
    constructs: ['computed import'],
  },
  {
    id: 'no-state-on-globals',
    why: 'A value on a global object is shared by every tenant and every copy of the package in the process. Pass values as arguments.',
    within: ['^src/'],
    except: [
      {
        path: 'src/config/shared-providers.ts',
        why: 'setProvider applies to the whole process: the providers that the host sets, and nothing else.',
      },
      { path: 'src/providers/protocol/errors.ts', why: 'Marks an error with a shared symbol. Stores nothing.' },
      { path: 'src/integrations/ai-sdk/sdk-mark.ts', why: 'Marks errors as the AI SDK does. Stores nothing.' },
      LISTS_GLOBAL_SYMBOLS,
    ],
    // A property of a global object under a symbol, and `Symbol.for`.
    globals: ['[symbol]'],
    calls: [{ name: 'for' }],
    constructs: ['computed global', 'global assignment'],
  },
  {
    id: 'expressions-are-literal',
    why: 'X04: a regular expression that is built at run time cannot be tested for catastrophic backtracking.',
    within: ['^src/'],
    except: [
      {
        path: 'src/governance',
        why: 'Node only: built from the lists of this package and of the host, and applied to file names.',
      },
    ],
    constructs: ['computed regular expression'],
  },
];
