/** `imagen serve`: serves OpenAI's Images API and an API of its own over the configured backends, until it is stopped. */
import { dirname, resolve } from 'node:path';
import { DEFAULT_LIMITS } from '../../../server/http/limits.ts';
import { createImageServer, type ListeningServer, listen } from '../../../server/index.ts';
import type { AppContext } from '../../../shared/open-app.ts';
import { openQueue } from '../../../shared/open-queue.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../../context.ts';
import type { Exit } from '../../exit-codes.ts';
import { openCommandApp } from '../../open-command-app.ts';
import { openInDefaultProgram } from '../../output/preview/preview.ts';
import { type ListenPlace, toListenError } from '../../serve/listen-error.ts';
import { newToken } from '../../serve/new-token.ts';
import { openServeFiles, type ServeDocument } from '../../serve/serve-files.ts';
import { placeFlags, readPlace, type ServeFlags } from '../../serve/serve-flags.ts';
import { isLoopback, readServeTokens, type ServeTokens } from '../../serve/serve-tokens.ts';
import { type ServeChoices, serverSettings } from '../../serve/server-settings.ts';
import { createServiceManager } from '../../service/service-manager.ts';
import { requireResources } from '../../system/require-resources.ts';
import { UsageError } from '../../usage-error.ts';

interface ServeOptions extends GlobalOptions, ServeFlags {
  readonly queue?: boolean;
  readonly open?: boolean;
  readonly quiet?: boolean;
  readonly printUnit?: boolean;
  readonly user?: boolean;
  readonly newToken?: string;
}

export function addServe({ command, action }: CommandSetup): void {
  command
    .option(
      '--host <address>',
      'address to listen on; another one than this machine needs a token (default: 127.0.0.1)',
    )
    .option('--port <number>', 'port to listen on; 0 takes a free one (default: 4242)')
    .option('--socket <file>', 'listen on a Unix socket that only you can use, instead of a port')
    .option('--token-env <name>', 'environment variable that holds the token (default: a token is made at each start)')
    .option('--queue', 'add requests to the queue of the store; workers generate them')
    .option('--open', 'open the page of the server in the browser')
    .option('--quiet', 'no access log')
    .option('--print-unit', 'print a systemd unit that runs this server, and end')
    .option('--user', 'with --print-unit: a unit for systemctl --user')
    .option('--new-token <name>', 'make a token, print it once with the lines for the configuration, and end')
    .action(action(serve));
}

/** How long running calls may take after a signal. systemd is told to wait longer. */
const GRACE_MS = 25_000;

async function serve(options: ServeOptions, context: CommandContext): Promise<Exit> {
  const { terminal, signal } = context;
  if (options.user && !options.printUnit) throw new UsageError('--user needs --print-unit', 'Add --print-unit.');
  if (options.newToken !== undefined) return newToken(options.newToken, options, terminal);
  if (options.printUnit) return await printUnit(options, context);
  await using app = await openCommandApp(options, context);
  if (options.open && options.socket !== undefined) {
    throw new UsageError('--open and --socket cannot be used together', 'Remove --open: a browser opens no sockets.');
  }
  const place = readPlace(options, app.config.serve);
  const tokens = tokensFor(options, place, app, context);
  const store = app.requireStore();
  app.requireLedger();
  await store.preflight();
  const { callsPerToken } = { ...DEFAULT_LIMITS, ...app.config.serve?.limits };
  await requireResources(
    { concurrentImages: callsPerToken * tokens.tokens.length, directories: [] },
    { ...context, store },
  );
  const manager = createServiceManager(app, store, context, 'server');
  const files = await openServeFiles(store.directory);
  await using opened = options.queue ? openQueue(app) : undefined;
  const server = createImageServer({
    ...{ manager, store, fileKey: files.fileKey },
    ...(opened && { queue: opened.queue }),
    ...serverSettings(app.config, choicesOf(options, place, tokens), terminal),
  });
  const listening = await startListening(server, place);
  const document: ServeDocument = {
    url: place.socket === undefined ? listening.url : `unix:${resolve(context.cwd, place.socket)}`,
    ...(tokens.made !== undefined && { token: tokens.made }),
    pid: process.pid,
  };
  const removeAnnouncement = await files.announce(document);
  try {
    if (options.json) terminal.jsonLine(document);
    else terminal.result(lineOf(document, place));
    terminal.notice(`serving ${store.directory} to ${tokens.tokens.map(({ name }) => name).join(', ')}`);
    if (options.open && place.socket === undefined) openInDefaultProgram(`${listening.url}/`);
    await aborted(signal);
    terminal.notice(
      `stopping: running calls have ${GRACE_MS / 1000} s to end. A second signal ends the server at once.`,
    );
  } finally {
    await removeAnnouncement();
    await listening.close(GRACE_MS);
  }
  return 'done';
}

/** The token is in the part of the address that browsers do not send. */
function lineOf({ url, token }: ServeDocument, { socket }: ListenPlace): string {
  return token === undefined ? url : `${url}${socket === undefined ? '/' : ''}#token=${token}`;
}

const choicesOf = (
  { queue = false, quiet = false, json = false }: ServeOptions,
  place: ListenPlace,
  tokens: ServeTokens,
): ServeChoices => ({ ...place, ...tokens, usesQueue: queue, isQuiet: quiet, isJson: json });

async function startListening(server: Parameters<typeof listen>[0], place: ListenPlace): Promise<ListeningServer> {
  const { host, port, socket } = place;
  try {
    return await listen(server, socket === undefined ? { host, port } : { socket });
  } catch (error) {
    await server.close({ deadlineMs: 0 });
    throw toListenError(error, place);
  }
}

function tokensFor(
  { tokenEnv }: ServeOptions,
  { host, socket }: ListenPlace,
  { config }: AppContext,
  { env }: CommandContext,
): ServeTokens {
  const publicHost = socket !== undefined || isLoopback(host) ? undefined : host;
  return readServeTokens({ configured: config.serve?.tokens ?? [], variable: tokenEnv, publicHost }, env);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function printUnit(options: ServeOptions, context: CommandContext): Promise<Exit> {
  const wrong = options.json ? '--json' : options.open ? '--open' : undefined;
  if (wrong !== undefined)
    throw new UsageError(`--print-unit and ${wrong} cannot be used together`, `Remove ${wrong}.`);
  if (options.store === false) throw new UsageError('a server needs a store', 'Leave out --no-store.');
  const { systemdUnit, unitNotes, unitSettings } = await import('../../service/systemd-unit.ts');
  // The keys and tokens are set where the unit runs.
  await using app = await openCommandApp(options, context, { checkKeys: false });
  readPlace(options, app.config.serve);
  if (options.tokenEnv === undefined && (app.config.serve?.tokens ?? []).length === 0) {
    throw new UsageError(
      'a service needs a token that stays the same: a token that is made at each start would be in its log',
      'Set serve.tokens in the configuration (imagen serve --new-token NAME), or add --token-env.',
    );
  }
  const outputs = options.socket === undefined ? [] : [dirname(resolve(context.cwd, options.socket))];
  const settings = unitSettings(
    app,
    {
      command: 'serve',
      isUser: options.user === true,
      store: options.store,
      more: placeFlags(options, context.cwd),
      outputs,
    },
    context,
  );
  for (const line of systemdUnit(settings)) context.terminal.result(line);
  for (const note of unitNotes(settings)) context.terminal.notice(note);
  return 'done';
}
