/** The process around the command line. */
import packageJson from '../../../package.json' with { type: 'json' };
import { EXIT_CODES } from './exit-codes.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`imagen: this is Node ${process.versions.node}, and at least 22.13 is needed\n`);
  process.exit(EXIT_CODES.configuration.code);
}

const stopping = new AbortController();
let signalled: 'interrupted' | 'terminated' | undefined;
function stop(how: 'interrupted' | 'terminated') {
  // The second time nobody wants to wait any more.
  if (signalled !== undefined) process.exit(EXIT_CODES[how].code);
  signalled = how;
  stopping.abort();
}
process.on('SIGINT', () => stop('interrupted'));
process.on('SIGTERM', () => stop('terminated'));
// A reader that went away is no fault: what was made is saved all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const { concealKeys, run } = await import('./run.ts');
process.on('uncaughtException', (error) => {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  process.stderr.write(`imagen: internal error: ${concealKeys(process.env)(text)}\n`);
  process.exit(EXIT_CODES.internal.code);
});
const code = await run({
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  signal: stopping.signal,
  version: packageJson.version,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
process.exitCode = signalled === undefined || code === EXIT_CODES.done.code ? code : EXIT_CODES[signalled].code;
