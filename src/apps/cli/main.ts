/** The process around the command line. */
import packageJson from '../../../package.json' with { type: 'json' };
import { EXIT_CODES } from './exit-codes.ts';
import { hasAddressSpace } from './system/address-space.ts';
import { closedStream, guard, wasClosed } from './system/outlet.ts';

// A reader that goes away is no fault: what was made is saved all the same, and its path is told on the stream that is left.
guard(process.stdout);
guard(process.stderr);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`imagen: this is Node ${process.versions.node}, and at least 22.13 is needed\n`);
  process.exit(EXIT_CODES.configuration.code);
}

if (!hasAddressSpace()) {
  const hint = 'Nothing was sent. Raise it by 12 GB, or lift it: ulimit -v unlimited';
  process.stderr.write(`imagen: the limit of virtual memory leaves no room for a connection\nimagen: ${hint}\n`);
  process.exit(EXIT_CODES.configuration.code);
}

const SIGNALS = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'hungUp' } as const;
type Ending = (typeof SIGNALS)[keyof typeof SIGNALS];

const stopping = new AbortController();
let signalled: Ending | undefined;
function stop(how: Ending) {
  // A terminal that closes says so twice, itself and through its shell. Any other second signal asks to wait no longer.
  if (signalled !== undefined && how === 'hungUp') return;
  if (signalled !== undefined) process.exit(EXIT_CODES[how].code);
  signalled = how;
  stopping.abort();
}
for (const [signal, how] of Object.entries(SIGNALS)) process.on(signal, () => stop(how));

const [{ concealKeys }, { run }, { withoutControls }] = await Promise.all([
  import('./output/conceal-keys.ts'),
  import('./program.ts'),
  import('./output/terminal.ts'),
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
// What was finished in spite of a signal says how it ended: all is saved, or it is saved elsewhere.
const isFinished = code === EXIT_CODES.done.code || code === EXIT_CODES.unsaved.code;
process.exitCode = signalled === undefined || isFinished ? code : EXIT_CODES[signalled].code;
