/** Server processes on one store. One that is killed is replaced at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schemaOf } from '../../store/databases.ts';
import { bundle, linesOf } from '../../store/processes.ts';

export interface PoolSettings {
  /** A vendor with jobs, or one that answers a request with its image. */
  readonly kind: 'jobs' | 'direct';
  readonly folder: string;
  /** The directory of the store. */
  readonly directory: string;
  /** The database of the store; `undefined`: files in its directory. */
  readonly databaseUrl: string | undefined;
  /** The address of the vendor. */
  readonly origin: string;
  readonly token: string;
  readonly processes: number;
}

export interface ServerPool {
  /** The address of any server that listens. Waits until there is one. */
  readonly pick: () => Promise<string>;
  readonly killOne: () => Promise<void>;
  readonly kills: () => number;
  /** Processes that ended by themselves, and what servers reported. */
  readonly problems: () => readonly string[];
  readonly stop: () => Promise<void>;
}

interface RunningServer {
  readonly child: ChildProcess;
  readonly closed: Promise<void>;
  readonly url: () => string | undefined;
}

export async function startServers(settings: PoolSettings): Promise<ServerPool> {
  const { kind, folder, directory, databaseUrl, origin, token, processes } = settings;
  const built = join(folder, 'built');
  await bundle([fileURLToPath(new URL('serve.ts', import.meta.url))], built);
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
    DIRECTORY: directory,
    ORIGIN: origin,
    KIND: kind,
    TOKEN: token,
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl, SCHEMA: schemaOf(folder) }),
  };
  const running = new Set<RunningServer>();
  const waiting = new Set<() => void>();
  const problems: string[] = [];
  let kills = 0;

  function start(): void {
    const args = ['--disable-warning=ExperimentalWarning', join(built, 'serve.mjs')];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const wake of waiting) wake();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const closed = new Promise<void>((done) =>
      child.on('close', (code, signal) => {
        running.delete(server);
        if (signal !== 'SIGKILL' && code !== 0) problems.push(`a server ended by itself (${code ?? signal})`);
        if (errors !== '') problems.push(`a server reported: ${errors.slice(0, 2_000)}`);
        done();
      }),
    );
    const server = { child, closed, url: () => linesOf(output)[0] };
    running.add(server);
  }

  for (let at = 0; at < processes; at++) start();
  return {
    kills: () => kills,
    problems: () => problems,
    async pick() {
      while (true) {
        const urls = [...running].flatMap(({ url }) => url() ?? []);
        if (urls.length > 0) return urls[randomInt(urls.length)]!;
        await new Promise<void>((done) => waiting.add(done));
        waiting.clear();
      }
    },
    async killOne() {
      // A server that does not listen yet has nothing to lose.
      const servers = [...running].filter(({ url }) => url() !== undefined);
      const victim = servers[randomInt(Math.max(1, servers.length))];
      if (victim === undefined) return;
      running.delete(victim);
      victim.child.kill('SIGKILL');
      await victim.closed;
      kills++;
      start();
    },
    async stop() {
      const all = [...running];
      for (const { child } of all) child.kill('SIGTERM');
      await Promise.all(all.map(({ closed }) => closed));
    },
  };
}
