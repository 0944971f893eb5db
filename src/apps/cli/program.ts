/** The command line: parses arguments, runs a command and reports errors. Independent of the process. */
import { Command, CommanderError } from 'commander';
import { COMMANDS } from './commands.ts';
import type { CommandContext, Commands } from './context.ts';
import { EXIT_CODES, type Exit } from './exit-codes.ts';
import { decodeStdin } from './flags/read-file.ts';
import { explain } from './output/errors/explain-error.ts';
import { concealKeys } from './output/terminal/conceal-keys.ts';
import { createTerminal, type Streams, type Terminal, withoutControls } from './output/terminal/terminal.ts';
import { ignoreStreamErrors } from './system/safe-stream.ts';
import { UsageError } from './usage-error.ts';

export interface Invocation extends Streams {
  /** Arguments without the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly version: string;
  /** @default empty */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/** Creates the program with all its commands. @param onExit receives how a command ended @param conceal removes secrets */
export function createProgram(
  context: CommandContext,
  onExit: (exit: Exit) => void,
  conceal: (text: string) => string,
  { stdout, stderr }: Streams,
): Command {
  const program = new Command('imagen')
    .description('Generate images with any AI vendor.')
    .version(context.version)
    .option('--config <file>', 'configuration file (default: see imagen config show)')
    .option(
      '--store <directory>',
      'directory of the store (default: from the configuration, else in your home directory)',
    )
    .option('--no-store', 'do not store images, only save the files you name')
    .option('--json', 'print one JSON document to standard output')
    .exitOverride()
    .configureOutput({
      // The parser repeats arguments that it does not know, and they may contain anything.
      writeOut: (text) => stdout.write(withoutControls(text)),
      writeErr: (text) => stderr.write(withoutControls(conceal(text))),
      getOutHelpWidth: () => (stdout as { columns?: number }).columns ?? 80,
      getErrHelpWidth: () => (stderr as { columns?: number }).columns ?? 80,
      outputError: (text, write) => write(explainOption(text)),
    })
    .addHelpText('afterAll', `\nExit codes:\n${exitCodeLines().join('\n')}`)
    .showHelpAfterError('For help: imagen --help');
  const action: Commands['action'] =
    (work) =>
    async (...args) => {
      const command = args.at(-1) as Command; // commander passes the command last
      const words = args.slice(0, -2) as never; // the arguments come before the options
      onExit(await work(...(words as Parameters<typeof work>), command.optsWithGlobals() as never, context as never));
    };
  const commands: Commands = { program, action };
  for (const add of COMMANDS) add(commands);
  inherit(program);
  return program;
}

function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}

function exitCodeLines(): readonly string[] {
  return Object.values(EXIT_CODES).map(({ code, meaning }) => `${String(code).padStart(5)}  ${meaning}`);
}

/**
 * Runs a command. Never throws: errors go to standard error, and with `--json` also to the document.
 * @returns the exit code. A stream that closes meanwhile changes neither the work nor the exit code.
 */
export async function run(invocation: Invocation): Promise<number> {
  const conceal = concealKeys(invocation.env);
  ignoreStreamErrors(invocation.stdout);
  ignoreStreamErrors(invocation.stderr);
  const terminal = createTerminal(invocation, conceal);
  const code = await runWith(terminal, conceal, invocation);
  await terminal.settled();
  return code;
}

async function runWith(
  terminal: Terminal,
  conceal: (text: string) => string,
  { args, env, cwd, signal, version, stdout, stderr, stdin }: Invocation,
): Promise<number> {
  const context: CommandContext = {
    terminal,
    cwd,
    env,
    signal,
    version,
    isTerminal: (stdout as { isTTY?: boolean }).isTTY === true,
    width: (stdout as { columns?: number }).columns ?? 80,
    readInput: (maxBytes) => readAll(stdin, maxBytes),
  };
  let exit: Exit = 'done';
  const program = createProgram(
    context,
    (ended) => {
      exit = ended;
    },
    conceal,
    { stdout, stderr },
  );
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (isJson(args))
        terminal.document({ error: { code: 'invalid_request', message: conceal(explainOption(error.message)) } });
      return EXIT_CODES.usage.code;
    }
    const explained = explain(error);
    for (const line of explained.lines) terminal[explained.isUrgent ? 'alert' : 'notice'](line);
    if (isJson(args)) terminal.document({ error: explained.document });
    exit = explained.exit;
  }
  return EXIT_CODES[exit].code;
}

/** Everything after `--` is an argument. */
function isJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

async function readAll(stdin: Invocation['stdin'], maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin ?? []) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new UsageError(`standard input is larger than ${maxBytes} bytes`, 'Shorten it.');
    }
    chunks.push(chunk);
  }
  return decodeStdin(Buffer.concat(chunks));
}

/** Never repeats the value of an unknown option, which may be a key. */
function explainOption(text: string): string {
  const shown = text.replace(/(unknown option '[^'=]*=)[^']*'/, "$1…'");
  return /unknown option '--?[^']*(?:key|token|secret)/i.test(shown)
    ? `${shown}Set keys in the environment, for example OPENAI_API_KEY. Other users can see command lines.\n`
    : shown;
}
