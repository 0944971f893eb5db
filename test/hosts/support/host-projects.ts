/** Packs the package, installs it into copies of the host projects, and runs them. */
import { spawn } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { loopbackCertificate } from '../../transport/platform/loopback-cert.ts';
import { AUTHORITY_FILE } from './environments.ts';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
/** Packages that npm's cache has are not requested again. No host needs an install script. */
const INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts'];
/** npm's codes if a package cannot be had here: no network, not in this registry, or not for this system. */
const NOT_HERE = /code (E404|ETARGET|ENOTCACHED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|EBADPLATFORM)\b/;
/** Far beyond what any host takes, and less than the time limit of the test. */
const RUN_TIMEOUT_MS = 480_000;

/** A host project's own packages cannot be installed on this machine, so that nothing is known about the environment. */
export class RuntimeMissing extends Error {
  override readonly name = 'RuntimeMissing';
}

/** Packs `dist`, which `npm ci` or `npm run build` has built. @returns the path of the tarball */
export async function packPackage(folder: string): Promise<string> {
  const output = await run(npm, ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {});
  const [{ filename }] = JSON.parse(output.slice(output.indexOf('['))) as readonly [{ filename: string }];
  return join(folder, filename);
}

/**
 * Copies a host project into `target` and installs its packages, then the tarball.
 * @throws RuntimeMissing the host's own packages cannot be had here
 */
export async function installHost(source: string, target: string, tarball: string): Promise<void> {
  await cp(source, target, { recursive: true });
  await cp('test/hosts/scenario.mjs', join(target, 'scenario.mjs'));
  await writeFile(join(target, AUTHORITY_FILE), loopbackCertificate);
  await run(npm, INSTALL, { cwd: target }).catch((error: Error) => {
    const [, code] = NOT_HERE.exec(error.message) ?? [];
    throw code === undefined ? error : new RuntimeMissing(`npm cannot install its packages here (${code})`);
  });
  await run(npm, [...INSTALL, tarball], { cwd: target });
}

/** Runs a host with no variable of this process but `PATH`. @returns the line of JSON that it prints */
export async function runHost(
  project: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<unknown> {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const output = await run(process.execPath, args, {
    cwd: project,
    env: { PATH: path, HOME: join(project, 'home'), ...env },
  });
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
}

interface Place {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end and ends its own child processes too if it takes too long. @returns what it printed */
async function run(program: string, args: readonly string[], { cwd, env = process.env }: Place): Promise<string> {
  const isGroup = process.platform !== 'win32';
  const child = spawn(program, args, { cwd, env, detached: isGroup, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => {
    if (isGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  }, RUN_TIMEOUT_MS);
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  const ended = await new Promise<number | string | null>((done, fail) => {
    child.once('error', fail).once('close', (code, signal) => done(code ?? signal));
  }).finally(() => clearTimeout(timer));
  if (ended === 0) return printed.stdout;
  throw new Error(`${[program, ...args].join(' ')} ended with ${ended}:\n${printed.stderr.slice(-4_000)}`);
}
