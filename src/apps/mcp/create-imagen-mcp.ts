/** Creates an MCP server from image tools. It decides nothing about money: the tools do. */
import type { McpHttpHandler, McpServer, McpServerFactory } from '@modelcontextprotocol/server';
import packageJson from '../../../package.json' with { type: 'json' };
import { AiImageError } from '../../index.ts';
import { type FieldKinds, findFieldFault } from '../../providers/protocol/input/check-fields.ts';
import { createConnectionIds, createWindowIds } from './calls/call-ids.ts';
import type { PriceQuestion } from './calls/confirm-price.ts';
import { loadSdk } from './load-sdk.ts';
import type { McpConnection } from './mcp-connection.ts';
import type { Skills } from './node/load-skills.ts';
import { registerImages } from './register-images.ts';
import { registerPrompts } from './register-prompts.ts';
import { registerTools } from './register-tools.ts';
import { type ImagenMcp, type ImagenMcpSettings, MAX_REQUEST_BYTES } from './settings.ts';

const INSTRUCTIONS = [
  'Generates and edits images, which cost money. Images are stored; answers have their ids, paths and small previews.',
  'A call that takes long is answered with a job_id: call get_image with it, and do not generate again.',
  'When a call ends with a time-out or an error, the image may exist: try get_image or search_images first.',
  'An answer with the code confirmation_required names a price: ask the user, then repeat the call with confirm_cost_usd.',
].join(' ');

const KEEP_ALIVE_MS = 15_000;
const LISTS = { ttlMs: 300_000, cacheScope: 'public' } as const;
const MIN_KEY_BYTES = 32;

/**
 * Creates an MCP server: a factory for the entries of `@modelcontextprotocol/server`, which is loaded with the first connection, and a
 * handler for HTTP. It serves clients of the protocol 2026-07-28 and of earlier ones.
 * @throws AiImageError `invalid_request`: a setting is wrong
 * @example
 * const tools = createImageTools({ manager, store });
 * serveStdio(createImagenMcp({ tools, store }).factory);
 */
export function createImagenMcp(given: ImagenMcpSettings): ImagenMcp {
  checkMcpSettings(given);
  const settings = { ...given, onError: quietly(given.onError) };
  const { stateKey = crypto.getRandomValues(new Uint8Array(MIN_KEY_BYTES)) } = settings;
  const windowIds = createWindowIds();
  let skills: Promise<Skills | undefined> | undefined;
  let handler: Promise<McpHttpHandler> | undefined;

  const factory: McpServerFactory = async ({ era, requestInfo: request }) => {
    const sdk = await loadSdk();
    skills ??= loadSkillsOf(settings);
    const codec = sdk.createRequestStateCodec<PriceQuestion>({ key: stateKey });
    const callIds = request === undefined ? createConnectionIds() : windowIds;
    return createServer({ sdk, settings, era, request, callIds, codec }, await skills);
  };

  async function createHandler(): Promise<McpHttpHandler> {
    const { createMcpHandler } = await loadSdk();
    return createMcpHandler(factory, {
      ...{ keepAliveMs: KEEP_ALIVE_MS, maxRequestBodySize: MAX_REQUEST_BYTES },
      onerror: settings.onError,
    });
  }

  return {
    factory,
    handler: () => async (request, options) => {
      handler ??= createHandler();
      return (await handler).fetch(request, options);
    },
    async close() {
      await (await handler)?.close();
    },
  };
}

function createServer(connection: McpConnection, skills: Skills | undefined): McpServer {
  const { sdk, codec } = connection;
  const server = new sdk.McpServer(
    { name: 'imagen', title: 'Imagen', version: packageJson.version },
    {
      instructions: INSTRUCTIONS,
      cacheHints: { 'tools/list': LISTS, 'prompts/list': LISTS, 'resources/templates/list': LISTS },
      requestState: { verify: codec.verify },
    },
  );
  registerTools(server, connection);
  registerImages(server, connection);
  registerPrompts(server);
  skills?.attach(server);
  return server;
}

/** Skills are an addition: without them, the tools work. */
async function loadSkillsOf({ skillsFolder, onError }: LoadedSettings): Promise<Skills | undefined> {
  if (skillsFolder === undefined) return undefined;
  try {
    const { loadSkills } = await import('./node/load-skills.ts');
    return await loadSkills(skillsFolder, onError);
  } catch (error) {
    onError(error);
    return undefined;
  }
}

type LoadedSettings = ImagenMcpSettings & { readonly onError: (error: unknown) => void };

const SETTINGS: FieldKinds<ImagenMcpSettings> = {
  tools: ['call', 'preview', 'close'],
  store: ['get', 'open'],
  previews: 'flag',
  elicitation: 'flag',
  skillsFolder: 'text',
  linkOf: 'function',
  hidesPaths: 'flag',
  stateKey: 'any',
  onError: 'function',
};

function checkMcpSettings(settings: ImagenMcpSettings): void {
  const fault = findFieldFault(settings, SETTINGS, { whole: 'the settings', field: 'setting' });
  if (fault !== undefined) throw refuse(fault.what, fault.hint);
  if (settings.tools === undefined) throw refuse('setting tools is missing', 'Pass what createImageTools returned.');
  if (settings.store === undefined) throw refuse('setting store is missing', 'Pass the store of the tools.');
  const { stateKey } = settings;
  if (stateKey === undefined || (stateKey instanceof Uint8Array && stateKey.length >= MIN_KEY_BYTES)) return;
  throw refuse(
    `setting stateKey must be a Uint8Array of at least ${MIN_KEY_BYTES} bytes`,
    'Make it once with crypto.getRandomValues(new Uint8Array(32)), and keep it secret.',
  );
}

const refuse = (what: string, hint: string): AiImageError =>
  new AiImageError('invalid_request', `createImagenMcp: ${what}`, { hint, charged: 'no' });

/** The host's function must not break an answer. */
const quietly =
  (report: ((error: unknown) => void) | undefined) =>
  (error: unknown): void => {
    try {
      report?.(error);
    } catch {
      // Nothing is left to report it to.
    }
  };
