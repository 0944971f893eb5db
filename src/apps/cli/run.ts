/** The command line, without the process around it. */
import { Command, CommanderError } from 'commander';
import { listProviders } from '../../index.ts';
import { IMAGE_FORMATS } from '../../providers/protocol/vocabulary.ts';
import { EXIT_CODES, type Exit } from './exit-codes.ts';
import { type CommandContext, explain, type GenerateOptions, generate } from './generate.ts';
import { createTerminal, type Streams } from './terminal.ts';

export interface Invocation extends Streams {
  /** Without the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly version: string;
}

/** @returns the exit code. Throws nothing: whatever happens is said on standard error. */
export async function run({ args, env, cwd, signal, version, stdout, stderr }: Invocation): Promise<number> {
  const terminal = createTerminal({ stdout, stderr }, concealKeys(env));
  const context: CommandContext = {
    terminal,
    cwd,
    env,
    signal,
    isTerminal: (stdout as { isTTY?: boolean }).isTTY === true,
    writeBytes: (bytes) =>
      new Promise((resolve, reject) => stdout.write(bytes, (error) => (error ? reject(error) : resolve()))),
  };
  let exit: Exit = 'done';
  const program = new Command('imagen')
    .description('Make images with AI, through any vendor.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(concealKeys(env)(text)),
      outputError: (text, write) => write(explainOption(text)),
    })
    .showHelpAfterError('Run imagen --help for how it is used.');
  program
    .command('generate')
    .description('make one or more images from a prompt; their paths are printed on standard output')
    .argument('<prompt...>', 'what to draw')
    .option(
      '--provider <id>',
      `one of ${listProviders()
        .map(({ id }) => id)
        .join(', ')} (default: the one whose key is set)`,
    )
    .option('--model <id>', 'the vendor’s model id (default: the provider’s)')
    .option('--size <size>', 'WIDTHxHEIGHT, or square, landscape, portrait (default: the model’s own)')
    .option('--format <format>', `one of ${IMAGE_FORMATS.join(', ')} (default: that of --out, else the vendor’s)`)
    .option('--n <count>', 'how many, 1 to 100 (default: 1)')
    .option('--seed <number>', 'repeats a picture, where the model can')
    .option(
      '-o, --out <path>',
      'file or directory, or - for standard output; nothing is ever overwritten (default: a name made of the prompt)',
    )
    .addHelpText(
      'after',
      `\nExit codes:\n${Object.values(EXIT_CODES)
        .map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)
        .join('\n')}`,
    )
    .action(async (words: string[], options: GenerateOptions) => {
      exit = await generate(words, options, context);
    });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage.code;
    const explained = explain(error);
    for (const line of explained.lines) terminal.notice(line);
    exit = explained.exit;
  }
  return EXIT_CODES[exit].code;
}

/** What follows `=` in an option that nobody knows may be a key: it is not repeated. */
function explainOption(text: string): string {
  const shown = text.replace(/(unknown option '[^'=]*=)[^']*'/, "$1…'");
  return /unknown option '--?[^']*(?:key|token|secret)/i.test(shown)
    ? `${shown}Keys are read from the environment (e.g. OPENAI_API_KEY): everyone on a machine can see its command lines.\n`
    : shown;
}

/** Values of variables that hold keys never reach a screen, whatever they came in with. */
export function concealKeys(env: Invocation['env']): (text: string) => string {
  const names = listProviders().flatMap(({ keyVariables }) => keyVariables);
  const keys = names.flatMap((name) => env[name]?.trim() || []).filter((key) => key.length >= 4);
  return (text) => keys.reduce((clean, key) => clean.replaceAll(key, '[redacted]'), text);
}
