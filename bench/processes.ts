/** Child processes: the server, and one per measurement. All of them end with the benchmark. */
import { execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CHILD_LIMIT_MS = 120_000;
const run = promisify(execFile);

/** @param nodeFlags e.g. `--expose-gc` @returns its stdout */
export async function runNode(
  file: string,
  { nodeFlags = [], args = [] }: { readonly nodeFlags?: readonly string[]; readonly args?: readonly string[] } = {},
): Promise<string> {
  const { stdout } = await run(process.execPath, [...nodeFlags, file, ...args], { timeout: CHILD_LIMIT_MS });
  return stdout;
}

/** @returns milliseconds from the start of the process to its end */
export async function timeNode(file: string, args: readonly string[] = []): Promise<number> {
  const startedAt = performance.now();
  await runNode(file, { args });
  return performance.now() - startedAt;
}

export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly close: () => void;
}

export async function startServer(): Promise<Server> {
  const child = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const port = await new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`The server exited before it was listening (exit code ${code}).`)));
  });
  return { url: `http://127.0.0.1:${port}`, close: () => child.kill() };
}
