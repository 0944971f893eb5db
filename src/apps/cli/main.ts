/** Entry point of the `imagen` process: checks the system, handles signals and sets the exit code. */
import packageJson from '../../../package.json' with { type: 'json' };
import { EXIT_CODES } from './exit-codes.ts';
import { hasAddressSpace } from './system/address-space.ts';
import { closedStream, ignoreStreamErrors, wasClosed } from './system/safe-stream.ts';

// A closed stream is not an error: images are saved anyway, and their paths go to the other stream.
ignoreStreamErrors(process.stdout);
ignoreStreamErrors(process.stderr);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`imagen: Node ${process.versions.node} is too old. Install Node 22.13 or later.\n`);
  process.exit(EXIT_CODES.configuration.code);
}

if (!hasAddressSpace()) {
  const hint = 'Nothing was sent. Raise the limit by 12 GB, or remove it: ulimit -v unlimited';
  process.stderr.write(`imagen: the virtual memory limit is too low to open a connection\nimagen: ${hint}\n`);
  process.exit(EXIT_CODES.configuration.code);
}

const SIGNALS = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'hungUp' } as const;
type SignalExit = (typeof SIGNALS)[keyof typeof SIGNALS];

const stopping = new AbortController();
let signalled: SignalExit | undefined;
function stop(exit: SignalExit) {
  // A closing terminal sends SIGHUP twice, itself and through its shell. Any other second signal ends the program at once.
  if (signalled !== undefined && exit === 'hungUp') return;
  if (signalled !== undefined) process.exit(EXIT_CODES[exit].code);
  signalled = exit;
  stopping.abort();
}
for (const [signal, exit] of Object.entries(SIGNALS)) process.on(signal, () => stop(exit));

const [{ concealKeys }, { run }, { withoutControls }] = await Promise.all([
  import('./output/terminal/conceal-keys.ts'),
  import('./program.ts'),
  import('./output/terminal/terminal.ts'),
]);
process.on('uncaughtException', (error) => {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  process.stderr.write(`imagen: internal error: ${withoutControls(concealKeys(process.env)(text))}\n`);
  process.exit(EXIT_CODES.internal.code);
});
const code = await run({
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  signal: stopping.signal,
  version: packageJson.version,
  stdin: process.stdin,
  stdout: wasClosed(1) ? closedStream() : process.stdout,
  stderr: wasClosed(2) ? closedStream() : process.stderr,
});
// Work that finished despite the signal keeps its own exit code.
const isFinished = code === EXIT_CODES.done.code || code === EXIT_CODES.unsaved.code;
process.exitCode = signalled === undefined || isFinished ? code : EXIT_CODES[signalled].code;
