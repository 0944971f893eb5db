/** `imagen mcp`: offers the image tools to an agent, which starts this command and talks to it over standard input and output. */
import { resolve } from 'node:path';
import { configuredProviders } from '../../../../config/get-provider.ts';
import { listProviders } from '../../../../index.ts';
import { quoteName } from '../../../../providers/protocol/input/hide-keys.ts';
import { findProvider } from '../../../../providers/registry.ts';
import { createImageTools } from '../../../../tool/index.ts';
import { LARGEST_IMAGES, LARGEST_USD, TOOL_DEFAULTS } from '../../../../tool/setting-limits.ts';
import { createImagenMcp } from '../../../mcp/index.ts';
import { packagedSkills } from '../../../mcp/node/load-skills.ts';
import type { AppContext } from '../../../shared/open-app.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../../context.ts';
import type { Exit } from '../../exit-codes.ts';
import { readInteger } from '../../flags/number-flag.ts';
import { repeatable } from '../../flags/repeatable.ts';
import { CLIENTS, clientConfig, type McpClient, type ServerLine } from '../../mcp/client-config.ts';
import { requireRoots, rootsOf } from '../../mcp/roots.ts';
import { serveConnection } from '../../mcp/serve-connection.ts';
import { openCommandApp } from '../../open-command-app.ts';
import { createServiceManager } from '../../service/service-manager.ts';
import { requireResources } from '../../system/require-resources.ts';
import { errorText } from '../../system/safe-stream.ts';
import { UsageError } from '../../usage-error.ts';

interface McpFlags extends GlobalOptions {
  readonly root?: readonly string[];
  readonly maxUsd?: string;
  readonly maxImages?: string;
  readonly printConfig?: string;
}

export function addMcp({ command, action }: CommandSetup): void {
  command
    .option(
      '--root <folder>',
      'folder whose images the agent may use as references; may be repeated (default: the current folder, unless it is your home folder or above it)',
      repeatable,
    )
    .option('--max-usd <dollars>', `what the agent may spend until the command ends (default: ${TOOL_DEFAULTS.maxUsd})`)
    .option(
      '--max-images <number>',
      `how many images the agent may generate until the command ends (default: ${TOOL_DEFAULTS.maxImages})`,
    )
    .option('--print-config <client>', `print the lines for a client's configuration, and end: ${CLIENTS.join(', ')}`)
    .action(action(serveAgent));
}

/** How long running calls may take after the client has left, or after a signal. */
const GRACE_MS = 25_000;
/** Images of one agent that are generated at the same time. */
const CONCURRENT_IMAGES = 4;

async function serveAgent(flags: McpFlags, context: CommandContext): Promise<Exit> {
  const { terminal, signal } = context;
  const limits = readLimits(flags);
  if (flags.printConfig !== undefined) return printConfig(flags.printConfig, flags, context);
  if (flags.json) {
    throw new UsageError('--json and mcp cannot be used together', 'Remove --json: the answers are JSON already.');
  }
  requireRoots(flags.root ?? [], context.cwd);
  await using app = await openCommandApp(flags, context);
  refuseOtherOutput(app);
  const store = app.requireStore();
  app.requireLedger();
  await store.preflight();
  await requireResources({ concurrentImages: CONCURRENT_IMAGES, directories: [] }, { ...context, store });
  const manager = createServiceManager(app, store, context, 'MCP server');
  const { roots: configured, ...settings } = app.config.mcp ?? {};
  const roots = rootsOf({ flags: flags.root, configured, cwd: context.cwd });
  const tools = createImageTools({ manager, store, providers: listProviders(), ...settings, ...limits, roots });
  const onError = (error: unknown) => terminal.notice(`note: ${errorText(error)}`);
  const skillsFolder = packagedSkills();
  const mcp = createImagenMcp({ tools, store, onError, ...(skillsFolder !== undefined && { skillsFolder }) });
  terminal.notice(`ready for an MCP client; images are in ${store.directory}`);
  terminal.notice(
    roots.length === 0 ? 'no folder for references: add --root' : `references are read in ${roots.join(', ')}`,
  );
  if (process.stdin.isTTY) terminal.notice('this command is started by an agent: see imagen mcp --print-config');
  const how = await serveConnection(mcp, { signal, onError });
  const after = how === 'closed' ? 'the client has left' : 'stopping';
  terminal.notice(
    `${after}: running calls have ${GRACE_MS / 1_000} s to end. A second signal ends the command at once.`,
  );
  await tools.close({ deadlineMs: GRACE_MS });
  return 'done';
}

/** Standard output belongs to the protocol. @throws UsageError */
function refuseOtherOutput({ config }: Pick<AppContext, 'config'>): void {
  if (config.usage?.sinks.every(({ stream }) => stream === undefined) ?? true) return;
  throw new UsageError(
    'a usage sink of the configuration writes to standard output, where only the protocol may write',
    'Give it a path instead of stream: stdout.',
  );
}

function readLimits({ maxUsd, maxImages }: McpFlags): { readonly maxUsd?: number; readonly maxImages?: number } {
  if (maxUsd !== undefined && !(/^\d{1,7}(?:\.\d{1,6})?$/.test(maxUsd) && Number(maxUsd) <= LARGEST_USD)) {
    throw new UsageError(
      `invalid --max-usd ${quoteName(maxUsd, 40)}`,
      'Use an amount in dollars, for example --max-usd 2.50.',
    );
  }
  const usd = maxUsd === undefined ? undefined : Number(maxUsd);
  const images = readInteger('--max-images', maxImages, 0, LARGEST_IMAGES, 20);
  return { ...(usd !== undefined && { maxUsd: usd }), ...(images !== undefined && { maxImages: images }) };
}

function printConfig(client: string, flags: McpFlags, { terminal, env, cwd }: CommandContext): Exit {
  if (!isClient(client)) {
    throw new UsageError(
      `invalid --print-config ${quoteName(client, 40)}`,
      `Use one of these clients: ${CLIENTS.join(', ')}.`,
    );
  }
  const pair = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  const args = [
    'mcp',
    ...pair('--config', flags.config === undefined ? undefined : resolve(cwd, flags.config)),
    ...pair('--store', typeof flags.store === 'string' ? resolve(cwd, flags.store) : undefined),
    ...(flags.root ?? []).flatMap((root) => ['--root', resolve(cwd, root)]),
    ...pair('--max-usd', flags.maxUsd),
    ...pair('--max-images', flags.maxImages),
  ];
  const { document, files, notes } = clientConfig(client, { args, ...variablesOf(env) });
  terminal.document(document);
  for (const file of files) terminal.notice(`file: ${file}`);
  for (const note of notes) terminal.notice(note);
  return 'done';
}

const isClient = (text: string): text is McpClient => CLIENTS.some((client) => client === text);

/** The variables that hold the keys of this machine's providers; without any, that of OpenAI as an example. */
function variablesOf(env: CommandContext['env']): Pick<ServerLine, 'variables' | 'settings'> {
  const named = env.AI_IMAGE_PROVIDER?.trim() ?? '';
  const settings = findProvider(named) === undefined ? {} : { AI_IMAGE_PROVIDER: named };
  const configured = configuredProviders(env);
  const names = listProviders()
    .filter(({ id }) => configured.includes(id))
    .flatMap(({ keyVariables }) => keyVariables.filter((name) => (env[name] ?? '').trim() !== ''));
  const isStub = findProvider(named) === 'stub';
  return { settings, variables: names.length > 0 || isStub ? [...new Set(names)] : ['OPENAI_API_KEY'] };
}
