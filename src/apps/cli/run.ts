/** Runs a command line and reports its errors. Independent of the process. What only commands and errors need is loaded by them. */
import { CommanderError } from 'commander';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type Exit } from './exit-codes.ts';
import { withoutControls } from './output/terminal/controls.ts';
import type { Streams, Terminal } from './output/terminal/terminal.ts';
import { createProgram, explainOption } from './program.ts';
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

interface Output {
  readonly terminal: Terminal;
  /** Removes secrets from a text. */
  readonly conceal: (text: string) => string;
}

/**
 * Runs a command. Never throws: errors go to standard error, and with `--json` also to the document.
 * @returns the exit code. A stream that closes meanwhile changes neither the work nor the exit code.
 */
export async function run(invocation: Invocation): Promise<number> {
  ignoreStreamErrors(invocation.stdout);
  ignoreStreamErrors(invocation.stderr);
  let opening: Promise<Output> | undefined;
  const exit = await runWith(invocation, () => {
    opening ??= openOutput(invocation);
    return opening;
  });
  await (await opening)?.terminal.settled();
  return EXIT_CODES[exit].code;
}

async function openOutput(invocation: Invocation): Promise<Output> {
  const [{ concealKeys }, { createTerminal }] = await Promise.all([
    import('./output/terminal/conceal-keys.ts'),
    import('./output/terminal/terminal.ts'),
  ]);
  const conceal = concealKeys(invocation.env);
  return { conceal, terminal: createTerminal(invocation, conceal) };
}

async function runWith(invocation: Invocation, output: () => Promise<Output>): Promise<Exit> {
  const { args, version, stdout, stderr } = invocation;
  /** What the parser reports. It ends the program afterwards. */
  let report = '';
  let exit: Exit = 'done';
  try {
    const program = await createProgram(args, {
      version,
      stdout,
      errorWidth: (stderr as { columns?: number }).columns,
      onError: (text) => {
        report += text;
      },
      openContext: async () => toContext(invocation, (await output()).terminal),
      onExit: (ended) => {
        exit = ended;
      },
    });
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 'done';
    const { terminal, conceal } = await output();
    if (error instanceof CommanderError) {
      const { hideRandomWords } = await import('../../providers/protocol/input/hide-keys.ts');
      const clean = (text: string) => hideRandomWords(conceal(text));
      stderr.write(withoutControls(clean(report)));
      if (isJson(args))
        terminal.document({ error: { code: 'invalid_request', message: clean(explainOption(error.message)) } });
      return 'usage';
    }
    const { explain } = await import('./output/errors/explain-error.ts');
    const explained = explain(error);
    for (const line of explained.lines) terminal[explained.isUrgent ? 'alert' : 'notice'](line);
    if (isJson(args)) terminal.document({ error: explained.document });
    return explained.exit;
  }
}

function toContext(invocation: Invocation, terminal: Terminal): CommandContext {
  const { cwd, env, signal, version, stdout } = invocation;
  return {
    terminal,
    cwd,
    env,
    signal,
    version,
    isTerminal: (stdout as { isTTY?: boolean }).isTTY === true,
    width: (stdout as { columns?: number }).columns ?? 80,
    readInput: (maxBytes) => readAll(invocation.stdin, maxBytes),
  };
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
  const { decodeStdin } = await import('./flags/read-file.ts');
  return decodeStdin(Buffer.concat(chunks));
}
