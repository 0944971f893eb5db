/**
 * A PostgreSQL server for tests, made from the machine's own server programs. The first test file that needs it starts it; all files of the
 * run share it, and the global teardown stops it. A machine without the programs gets PGlite, which is PostgreSQL inside the process.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import type { DatabaseOptions } from '../../src/store/index.ts';
import { freePort } from '../faults/hostile-server.ts';
import { openPglite } from './pglite.ts';
import { TEMPORARY_ROOT } from './temporary-root.ts';

/** Connections of one worker. */
const MAX_CONNECTIONS = 8;
const START_MS = 60_000;
/** Debian installs the programs outside of PATH. */
const DEBIAN = '/usr/lib/postgresql';

interface RunningServer {
  readonly url: string;
  readonly pid: number;
  readonly folder: string;
}

export interface TestDatabase {
  readonly pool: NonNullable<DatabaseOptions['pool']>;
  /** The address of the run's server, for other processes and users; `undefined`: PGlite. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

/** @returns a pool on the run's server, or PGlite where the machine has no server programs. Close it after the last test. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const programs = await findPrograms();
  if (programs === undefined) {
    const pglite = await openPglite();
    return { pool: pglite, url: undefined, close: () => pglite.close() };
  }
  const { url } = await shareServer(programs);
  const pool = new pg.Pool({ connectionString: url, max: MAX_CONNECTIONS });
  return { pool, url, close: () => pool.end() };
}

/** Called once when the run has ended. @param root the temporary folder of the run */
export async function stopServer(root: string): Promise<void> {
  const server = await readServer(root);
  if (server !== undefined) await stop(server);
}

async function stop(server: RunningServer): Promise<void> {
  await halt(server);
  await rm(server.folder, { recursive: true, force: true });
}

/** SIGQUIT: the server stops at once and writes nothing. */
async function halt({ pid }: RunningServer): Promise<void> {
  process.kill(pid, 'SIGQUIT');
  while (isRunning(pid)) await pause(20);
}

/** @returns the folder with `initdb` and `postgres`, if the machine has them */
async function findPrograms(): Promise<string | undefined> {
  const versions = await readdir(DEBIAN).catch(() => []);
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versions.map((each) => join(DEBIAN, each, 'bin'))];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))));
}

/** Starts the server, or waits until the worker that was first has started it. */
async function shareServer(programs: string): Promise<RunningServer> {
  const root = process.env[TEMPORARY_ROOT];
  if (root === undefined) throw new Error(`${TEMPORARY_ROOT} is not set: run the tests with vitest`);
  const isFirst = await mkdir(join(root, 'postgres')).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const server = await startServer(programs);
    // Written under another name first, so that nobody reads half of it.
    await writeFile(serverFile(root, '.new'), JSON.stringify(server));
    await rename(serverFile(root, '.new'), serverFile(root));
    return server;
  }
  const end = Date.now() + START_MS;
  for (let server = await readServer(root); ; server = await readServer(root)) {
    if (server !== undefined) return server;
    if (Date.now() > end) throw new Error('PostgreSQL was not started by another worker in time');
    await pause(50);
  }
}

const serverFile = (root: string, suffix = '') => join(root, 'postgres', `server.json${suffix}`);

const readServer = (root: string): Promise<RunningServer | undefined> =>
  readFile(serverFile(root), 'utf8').then(
    (text) => JSON.parse(text) as RunningServer,
    () => undefined,
  );

export interface DurableServer {
  readonly url: string;
  /** Stops the server as a crash does, and keeps its data. */
  readonly halt: () => Promise<void>;
  /** Starts it again, at the same address. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a server of one's own, which syncs what it commits, as a server for real data does.
 * @returns `undefined`: the machine has no server programs
 */
export async function startDurableServer(): Promise<DurableServer | undefined> {
  const programs = await findPrograms();
  if (programs === undefined) return undefined;
  let server = await startServer(programs, 'on');
  return {
    url: server.url,
    halt: () => halt(server),
    async start() {
      server = await launch(programs, server.folder, Number(new URL(server.url).port), 'on');
    },
    stop: () => stop(server),
  };
}

async function startServer(programs: string, fsync: 'on' | 'off' = 'off'): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ai-image-postgres-'));
  const user = await serverUser();
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const local = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--no-locale', '--no-sync'];
  await promisify(execFile)(join(programs, 'initdb'), [`--pgdata=${data}`, ...local], { ...user, cwd: folder });

  return launch(programs, folder, await freePort(), fsync);
}

async function launch(programs: string, folder: string, port: number, fsync: 'on' | 'off'): Promise<RunningServer> {
  const user = await serverUser();
  const data = join(folder, 'data');
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', fsync };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(join(folder, 'log'), 'w');
  const child = spawn(join(programs, 'postgres'), ['-D', data, ...args], {
    ...user,
    cwd: folder,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  await log.close();
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await waitUntilReady(url, join(folder, 'log'));
  return { url, pid: child.pid!, folder }; // a program that could not be started has already failed above
}

/** PostgreSQL refuses to run as root, and then runs as the user that its package made. */
async function serverUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8')) ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error('PostgreSQL needs a user `postgres` when tests run as root');
  return { uid: Number(uid), gid: Number(gid) };
}

async function waitUntilReady(url: string, log: string): Promise<void> {
  const end = Date.now() + START_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (Date.now() > end)
        throw new Error(`PostgreSQL does not start: ${await readFile(log, 'utf8')}`, { cause: error });
      await pause(50);
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
