/** Runs the command line as a process: checks the system, handles signals and sets the exit code. */
import { EXIT_CODES } from '../exit-codes.ts';
import { withoutControls } from '../output/terminal/controls.ts';
import { run } from '../run.ts';
import { hasAddressSpace } from './address-space.ts';
import { closedStream, ignoreStreamErrors, wasClosed } from './safe-stream.ts';

export interface ProcessSettings {
  /** Arguments without the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
}

const SIGNALS = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'hungUp' } as const;
type SignalExit = (typeof SIGNALS)[keyof typeof SIGNALS];

export async function startProcess({ args, env, version }: ProcessSettings): Promise<void> {
  // A closed stream is not an error: images are saved anyway, and their paths go to the other stream.
  ignoreStreamErrors(process.stdout);
  ignoreStreamErrors(process.stderr);
  if (!hasAddressSpace()) {
    const hint = 'Nothing was sent. Raise the limit by 12 GB, or remove it: ulimit -v unlimited';
    process.stderr.write(`imagen: the virtual memory limit is too low to open a connection\nimagen: ${hint}\n`);
    process.exit(EXIT_CODES.configuration.code);
  }

  const stopping = new AbortController();
  let signalled: SignalExit | undefined;
  const stop = (exit: SignalExit) => {
    // A closing terminal sends SIGHUP twice, itself and through its shell. Any other second signal ends the program at once.
    if (signalled !== undefined && exit === 'hungUp') return;
    if (signalled !== undefined) process.exit(EXIT_CODES[exit].code);
    signalled = exit;
    stopping.abort();
  };
  for (const [signal, exit] of Object.entries(SIGNALS)) process.on(signal, () => stop(exit));
  reportUncaught(env);

  const code = await run({
    args,
    env,
    cwd: process.cwd(),
    signal: stopping.signal,
    version,
    // Opening it takes time, and few commands read it.
    get stdin() {
      return process.stdin;
    },
    stdout: wasClosed(1) ? closedStream() : process.stdout,
    stderr: wasClosed(2) ? closedStream() : process.stderr,
  });
  // Work that finished despite the signal keeps its own exit code.
  const isFinished = code === EXIT_CODES.done.code || code === EXIT_CODES.unsaved.code;
  process.exitCode = signalled === undefined || isFinished ? code : EXIT_CODES[signalled].code;
}

/** Ends the process at the first uncaught exception. What removes keys from its text is loaded then. */
function reportUncaught(env: ProcessSettings['env']): void {
  let isEnding = false;
  process.on('uncaughtException', async (error) => {
    if (isEnding) return;
    isEnding = true;
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const concealed = await import('../output/terminal/conceal-keys.ts').then(
      ({ concealKeys }) => concealKeys(env)(text),
      () => 'its text may contain a key and is not shown',
    );
    process.stderr.write(`imagen: internal error: ${withoutControls(concealed)}\n`);
    process.exit(EXIT_CODES.internal.code);
  });
}
