/** The command line, without the process around it. */
import { Command, CommanderError } from 'commander';
import { addBackends } from './commands/backends.ts';
import { addBatch } from './commands/batch.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addDoctor } from './commands/doctor.ts';
import { addContinue, addEdit } from './commands/edit.ts';
import { addGenerate } from './commands/generate.ts';
import { addHistory } from './commands/history.ts';
import { addJobs } from './commands/jobs.ts';
import { addModels } from './commands/models.ts';
import { addReindex } from './commands/reindex.ts';
import { addSelect } from './commands/select.ts';
import { addStyles } from './commands/styles.ts';
import { addUsage } from './commands/usage.ts';
import { addVerify } from './commands/verify.ts';
import type { Commands } from './commands.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type Exit } from './exit-codes.ts';
import { toInputText } from './flags/read-file.ts';
import { concealKeys } from './output/conceal-keys.ts';
import { explain } from './output/explain-error.ts';
import { createTerminal, type Streams, type Terminal, withoutControls } from './output/terminal.ts';
import { guard } from './system/outlet.ts';
import { UsageError } from './usage-error.ts';

export interface Invocation extends Streams {
  /** Without the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly version: string;
  /** @default nothing stands on it */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/** In the order in which the help names them. */
const COMMANDS: readonly ((commands: Commands) => void)[] = [
  addGenerate,
  addEdit,
  addContinue,
  addBatch,
  addJobs,
  addHistory,
  addSelect,
  addUsage,
  addVerify,
  addReindex,
  addBackends,
  addModels,
  addStyles,
  addConfig,
  addDoctor,
  addCompletion,
];

/** The program with all its commands. @param onExit is told how a command ended */
export function createProgram(
  context: CommandContext,
  onExit: (exit: Exit) => void,
  conceal: (text: string) => string,
  { stdout, stderr }: Streams,
): Command {
  const program = new Command('imagen')
    .description('Make images with AI, through any vendor.')
    .version(context.version)
    .option('--config <file>', 'the configuration (default: see docs/configuration.md)')
    .option('--store <directory>', 'where pictures are kept (default: that of the configuration, else of the user)')
    .option('--no-store', 'keeps nothing but the files that were asked for')
    .option('--json', 'one JSON document on standard output')
    .exitOverride()
    .configureOutput({
      // The parser repeats what it does not know, and that may be anything.
      writeOut: (text) => stdout.write(withoutControls(text)),
      writeErr: (text) => stderr.write(withoutControls(conceal(text))),
      getOutHelpWidth: () => (stdout as { columns?: number }).columns ?? 80,
      getErrHelpWidth: () => (stderr as { columns?: number }).columns ?? 80,
      outputError: (text, write) => write(explainOption(text)),
    })
    .addHelpText('afterAll', `\nExit codes:\n${exitCodeLines().join('\n')}`)
    .showHelpAfterError('Run imagen --help for how it is used.');
  const action: Commands['action'] =
    (work) =>
    async (...args) => {
      const command = args.at(-1) as Command; // commander hands it over behind everything else
      const words = args.slice(0, -2) as never; // what is before the options are the arguments
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
 * @returns the exit code. Throws nothing: whatever happens is said on standard error, or with `--json` in the one document. A stream that
 * ends meanwhile changes neither what is done nor the exit code.
 */
export async function run(invocation: Invocation): Promise<number> {
  const conceal = concealKeys(invocation.env);
  guard(invocation.stdout);
  guard(invocation.stderr);
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
    readInput: (most) => readAll(stdin, most),
  };
  let exit: Exit = 'done';
  const program = createProgram(
    context,
    (how) => {
      exit = how;
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

/** Behind `--` everything is a prompt. */
function isJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

async function readAll(stdin: Invocation['stdin'], mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin ?? []) {
    size += chunk.length;
    if (size > mostBytes) {
      throw new UsageError(`more than ${mostBytes} bytes came on standard input`, 'Say less.');
    }
    chunks.push(chunk);
  }
  return toInputText(Buffer.concat(chunks));
}

/** What follows `=` in an option that nobody knows may be a key: it is not repeated. */
function explainOption(text: string): string {
  const shown = text.replace(/(unknown option '[^'=]*=)[^']*'/, "$1…'");
  return /unknown option '--?[^']*(?:key|token|secret)/i.test(shown)
    ? `${shown}Keys are read from the environment (e.g. OPENAI_API_KEY): everyone on a machine can see its command lines.\n`
    : shown;
}
