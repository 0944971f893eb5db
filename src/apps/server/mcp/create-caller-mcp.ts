/** Creates the MCP server of one token: its models, its limits, its runs. */
import { FILE_EXTENSIONS, MEDIA_TYPES } from '../../../providers/protocol/index.ts';
import { createImageTools } from '../../../tool/index.ts';
import { createImagenMcp, type ImagenMcp } from '../../mcp/index.ts';
import type { ServerContext } from '../http/server-context.ts';
import type { Caller } from '../tenants/caller.ts';
import { callerManager } from './caller-manager.ts';
import { createDailyTools } from './daily-tools.ts';
import { createRunListRunner } from './run-list-runner.ts';

export interface CallerMcpSettings {
  /** The address of the server as the client of a request sees it. */
  readonly originOf: (request: Request) => string;
  readonly stateKey: Uint8Array;
}

export function createCallerMcp(
  caller: Caller,
  context: ServerContext,
  { originOf, stateKey }: CallerMcpSettings,
): ImagenMcp {
  const { store, links, settings, now, onError } = context;
  const manager = callerManager(context.manager, caller);
  const runner = createRunListRunner(context, caller);
  const limits = typeof settings.mcp === 'object' ? settings.mcp : {};
  // A profile may limit the images of a session, which is a day here.
  const profile = caller.profile === undefined ? {} : { profile: caller.profile };
  const tools = createDailyTools(() => createImageTools({ manager, store, runner, ...profile, ...limits }), now);
  return createImagenMcp({
    ...{ tools, store, stateKey, onError },
    // The clients may be on other machines.
    hidesPaths: true,
    linkOf: async ({ id, mime }, request) =>
      request && links.create({ id, name: `${id}.${extensionOf(mime)}` }, originOf(request)),
  });
}

function extensionOf(mime: string): string {
  const format = Object.entries(MEDIA_TYPES).find(([, type]) => type === mime)?.[0];
  return format === undefined ? 'png' : FILE_EXTENSIONS[format as keyof typeof MEDIA_TYPES];
}
