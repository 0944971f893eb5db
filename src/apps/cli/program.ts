/** The parser of the command line. Only the commands that the arguments name are loaded; the others are known by name and summary. */
import { Command, Help } from 'commander';
import { COMMANDS, type CommandEntry } from './commands.ts';
import type { CommandContext, CommandSetup } from './context.ts';
import { EXIT_CODES, type Exit } from './exit-codes.ts';
import { withoutControls } from './output/terminal/controls.ts';

export interface ProgramSettings {
  readonly version: string;
  readonly stdout: NodeJS.WritableStream;
  /** Columns of standard error. @default 80 */
  readonly errorWidth?: number | undefined;
  /** Receives what the parser reports. It repeats unknown arguments, which may contain a key. */
  readonly onError: (text: string) => void;
  /** Creates what commands receive. Called when one runs. */
  readonly openContext: () => Promise<CommandContext>;
  /** Receives how a command ended. */
  readonly onExit: (exit: Exit) => void;
}

/** @param args the command line; every command whose name occurs in it is loaded */
export async function createProgram(args: readonly string[], settings: ProgramSettings): Promise<Command> {
  const program = createParser(settings);
  const action = createAction(settings);
  const pending = new Map(COMMANDS.map((entry) => [entry, addPlaceholder(program, entry)]));
  listAs(program, new Map([...pending].map(([entry, command]) => [command, entry])));
  const load = async (isWanted: (entry: CommandEntry) => boolean) => {
    for (const [entry, command] of [...pending].filter(([entry]) => isWanted(entry))) {
      pending.delete(entry);
      (await entry.load())({ command, action, loadProgram });
    }
    return program;
  };
  const loadProgram = () => load(() => true);
  return load(({ name }) => args.includes(name));
}

function createParser({ version, stdout, errorWidth = 80, onError }: ProgramSettings): Command {
  const outputWidth = () => (stdout as { columns?: number }).columns ?? 80;
  return new Command('imagen')
    .description('Generate images with any AI vendor.')
    .version(version)
    .option('--config <file>', 'configuration file (default: see imagen config show)')
    .option(
      '--store <directory>',
      'directory of the store (default: from the configuration, else in your home directory)',
    )
    .option('--no-store', 'do not store images, only save the files you name')
    .option('--json', 'print one JSON document to standard output')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(withoutControls(text)),
      writeErr: onError,
      getOutHelpWidth: outputWidth,
      getErrHelpWidth: () => errorWidth,
      outputError: (text, write) => write(explainOption(text)),
    })
    .addHelpText(
      'afterAll',
      ({ error }) => `\nExit codes:\n${exitCodeLines(error ? errorWidth : outputWidth()).join('\n')}`,
    )
    .showHelpAfterError('For help: imagen --help');
}

function createAction({ openContext, onExit }: ProgramSettings): CommandSetup['action'] {
  return (work) =>
    async (...args) => {
      const command = args.at(-1) as Command; // commander passes the command last
      const words = args.slice(0, -2) as never; // the arguments come before the options
      const context = await openContext();
      onExit(await work(...(words as Parameters<typeof work>), command.optsWithGlobals() as never, context as never));
    };
}

function addPlaceholder(program: Command, { name, summary }: CommandEntry): Command {
  return program.command(name).description(summary);
}

/** Lists commands that are not loaded as if they were. */
function listAs(program: Command, entries: ReadonlyMap<Command, CommandEntry>): void {
  const help = new Help();
  program.configureHelp({
    subcommandTerm(command) {
      const { name, usage } = entries.get(command) ?? {};
      return name === undefined ? help.subcommandTerm(command) : [name, usage].filter(Boolean).join(' ');
    },
  });
}

/** @param width columns; a long meaning continues on the next line, below its beginning */
function exitCodeLines(width: number): readonly string[] {
  const help = new Help();
  const indent = ' '.repeat(7);
  return Object.values(EXIT_CODES).map(({ code, meaning }) => {
    const wrapped = help.boxWrap(meaning, Math.max(width - indent.length, help.minWidthToWrap));
    return `${String(code).padStart(5)}  ${wrapped.replaceAll('\n', `\n${indent}`)}`;
  });
}

/** Never repeats the value of an unknown option, which may be a key. */
export function explainOption(text: string): string {
  const shown = text.replace(/(unknown option '[^'=]*=)[^']*'/, "$1…'");
  return /unknown option '--?[^']*(?:key|token|secret)/i.test(shown)
    ? `${shown}Set keys in the environment, for example OPENAI_API_KEY. Other users can see command lines.\n`
    : shown;
}
