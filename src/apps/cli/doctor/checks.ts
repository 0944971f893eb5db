/** What `imagen doctor` looks at. Each gives what it found; none changes anything or asks anybody. */
import { existsSync } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ConfigCheck } from '../../../config/check-config.ts';
import { type Config, describeConfig } from '../../../config/index.ts';
import { isAiImageError, listProviders } from '../../../index.ts';
import { isOpen } from '../../../manager/jobs/job-states.ts';
import { findProvider, unknownProvider } from '../../../providers/registry.ts';
import type { Store } from '../../../store/index.ts';
import { type Backend, listBackends, usabilityOf } from '../../shared/backends.ts';
import { jobsOf } from '../../shared/jobs.ts';
import type { AppContext } from '../../shared/open-app.ts';
import { faultLine, originWords } from '../commands/config.ts';
import type { CommandContext } from '../context.ts';
import { coloursOf, previewMeans } from '../output/preview/preview.ts';

/** `note`: worth knowing. `fault`: something will not work. */
export interface DoctorFinding {
  readonly about: string;
  readonly state: 'ok' | 'note' | 'fault';
  readonly message: string;
  readonly hint?: string;
}

type Environment = CommandContext['env'];

const finding = (about: string, state: DoctorFinding['state'], message: string, hint?: string): DoctorFinding => ({
  ...{ about, state, message },
  ...(hint !== undefined && { hint }),
});

/** Whatever cannot be done is a finding too. @throws what is no error of ours */
export async function findings(
  about: string,
  look: () => Promise<readonly DoctorFinding[]>,
): Promise<readonly DoctorFinding[]> {
  try {
    return await look();
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    return [finding(about, 'fault', error.message, error.hint)];
  }
}

/** @param version of Node, e.g. `22.13.0` @param engines as package.json says it, e.g. `>=22.13` */
export function nodeFinding(version: string, engines: string): DoctorFinding {
  const [wantedMajor = 0, wantedMinor = 0] = engines.replace(/^>=/, '').split('.').map(Number);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  if (isNew) return finding('node', 'ok', `Node ${version}`);
  return finding('node', 'fault', `Node ${version} is too old`, `Install ${wantedMajor}.${wantedMinor} or later.`);
}

export function configFindings(found: ConfigCheck, env: Environment): readonly DoctorFinding[] {
  const about = 'configuration';
  if (!found.isSound) {
    const { path, faults } = found;
    return faults.map((fault) => finding(about, 'fault', faultLine(path, fault)));
  }
  const { origin, notices } = found.config;
  return [finding(about, 'ok', originWords(origin, env)), ...notices.map((notice) => finding(about, 'note', notice))];
}

/** Names of variables, never what they hold. */
export async function keyFindings(config: Config, env: Environment): Promise<readonly DoctorFinding[]> {
  const isSet = (name: string) => (env[name] ?? '').trim() !== '';
  const named = (env.AI_IMAGE_PROVIDER ?? '').trim();
  const stranger = named === '' || findProvider(named) !== undefined ? undefined : unknownProvider(named);
  const hasBackends = Object.keys(config.backends).length > 0;
  const meant = hasBackends
    ? Object.values(describeConfig(config, env).backends).flatMap(({ variables }) => Object.values(variables))
    : listProviders().flatMap(({ keyVariables }) =>
        keyVariables.map((variable) => ({ variable, isSet: isSet(variable) })),
      );
  const set = [...new Set(meant.filter((each) => each.isSet).map(({ variable }) => variable))];
  const backends = listBackends(config, env);
  const states = await Promise.all(backends.map((backend) => backendFinding(backend, env)));
  return [
    ...(stranger ? [finding('keys', 'fault', `AI_IMAGE_PROVIDER: ${stranger.message}`, stranger.hint)] : []),
    ...(set.length > 0 ? [finding('keys', 'ok', `${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} set`)] : []),
    ...(set.length === 0 && !hasBackends
      ? [finding('keys', 'note', 'no key is set: the stub draws, offline', 'Set for example OPENAI_API_KEY.')]
      : []),
    ...states,
    ...(backends.some(({ isDefault }) => isDefault)
      ? []
      : [
          finding(
            'backends',
            'note',
            'several could be asked, and none is the default',
            'Name one with AI_IMAGE_PROVIDER.',
          ),
        ]),
  ];
}

async function backendFinding(backend: Backend, env: Environment): Promise<DoctorFinding> {
  const { name, isDefault, config } = backend;
  const usability = await usabilityOf(backend, env);
  if (usability.isUsable) return finding('backends', 'ok', `${name} is usable${isDefault ? ', and the default' : ''}`);
  const who = isDefault ? `${name}, the default,` : name;
  if (config.isOptional) return finding('backends', 'note', `${who} is left out: ${usability.reason}`);
  return finding('backends', 'fault', `${who} is not usable: ${usability.reason}`);
}

const MEGABYTE = 1_000_000;
/** Less, and a picture may not find room. */
const LEAST_BYTES = 100 * MEGABYTE;
const LITTLE_BYTES = 1000 * MEGABYTE;

/** A store that is not there yet stays so. */
export async function storeFindings(bench: Pick<AppContext, 'config' | 'store'>): Promise<readonly DoctorFinding[]> {
  const { store } = bench;
  const now = new Date().toISOString();
  if (store === undefined)
    return [finding('store', 'note', 'nothing is kept but the files that are asked for'), ...clockFindings(now)];
  const { directory } = store;
  const there = nearest(directory);
  const room = await roomFinding(there);
  if (there !== directory) {
    const isWritable = (await stat(there)).isDirectory() && (await canWrite(there));
    const made = `${directory} is made with the first picture`;
    if (isWritable) return [finding('store', 'ok', made), room, ...clockFindings(now)];
    return [finding('store', 'fault', `${directory} cannot be made: nothing can be written to ${there}`)];
  }
  await store.preflight();
  const [latest] = await store.search({ limit: 1 });
  const usage = await store.usage();
  const spent = usage.length === 0 ? 'nothing was spent yet' : 'the ledger can be read';
  const kept =
    latest === undefined ? 'no picture is kept yet' : `the latest picture is of ${latest.createdAt.slice(0, 10)}`;
  return [
    finding('store', 'ok', `${directory} can be written to`),
    finding('store', 'ok', `${kept}, ${spent}`),
    room,
    ...(await jobFindings(bench, store)),
    ...clockFindings(now, latest?.createdAt),
  ];
}

const canWrite = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );

/** The directory, or the nearest above it that is there. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

async function roomFinding(directory: string): Promise<DoctorFinding> {
  const { bavail, bsize } = await statfs(directory);
  return spaceFinding(bavail * bsize, directory);
}

export function spaceFinding(bytes: number, directory: string): DoctorFinding {
  const amount =
    bytes < 10 * LITTLE_BYTES ? `${Math.floor(bytes / MEGABYTE)} MB` : `${Math.floor(bytes / MEGABYTE / 1000)} GB`;
  const message = `${amount} are free at ${directory}`;
  if (bytes < LEAST_BYTES) return finding('space', 'fault', message, 'Make room, or name another place with --store.');
  return finding('space', bytes < LITTLE_BYTES ? 'note' : 'ok', message);
}

async function jobFindings(bench: Pick<AppContext, 'config'>, store: Store): Promise<readonly DoctorFinding[]> {
  const free = (await jobsOf(bench, store)).filter(({ isHeld }) => !isHeld);
  const waiting = free.filter(({ state }) => state === 'running').length;
  const doubtful = free.filter((job) => isOpen(job)).length - waiting;
  return [
    ...(waiting > 0
      ? [finding('jobs', 'note', `${waiting} paid for and not fetched yet`, 'Fetch them: imagen jobs resume.')]
      : []),
    ...(doubtful > 0
      ? [
          finding(
            'jobs',
            'note',
            `${doubtful} may have been charged, and no answer told how they ended`,
            'See imagen jobs list.',
          ),
        ]
      : []),
    ...(waiting + doubtful === 0 ? [finding('jobs', 'ok', 'none is in doubt')] : []),
  ];
}

/** When this was written: no clock is right that says less. */
const NOT_BEFORE = '2026-11-01';
const DAY_MS = 86_400_000;

/** A wrong clock spoils signatures, budgets by day, and names. Only what is surely wrong is told. */
export function clockFindings(now: string, latest?: string): readonly DoctorFinding[] {
  const hint = 'Set the clock of this machine.';
  if (now < NOT_BEFORE)
    return [finding('clock', 'fault', `it is ${now.slice(0, 10)} by the clock, which cannot be`, hint)];
  if (latest !== undefined && Date.parse(latest) > Date.parse(now) + DAY_MS)
    return [
      finding(
        'clock',
        'fault',
        `the latest picture is of ${latest.slice(0, 10)}, and by the clock it is ${now.slice(0, 10)}`,
        hint,
      ),
    ];
  return [finding('clock', 'ok', `it is ${now.slice(0, 16).replace('T', ' ')} UTC`)];
}

/** Packages that only some need, and what the command does with them. */
export const OPTIONAL_PACKAGES: Readonly<Record<string, string>> = {
  '@trustnxt/c2pa-ts': 'signs pictures with a certificate of your own (C2PA)',
  '@contentauth/c2pa-wasm': 'checks the C2PA manifests of pictures: imagen verify',
};

/** @param from a file whose packages count */
export function packageFindings(from: string): readonly DoctorFinding[] {
  const require = createRequire(from);
  return Object.entries(OPTIONAL_PACKAGES).map(([name, what]) => {
    const isThere = (require.resolve.paths(name) ?? []).some((path) => existsSync(join(path, name, 'package.json')));
    return isThere
      ? finding('packages', 'ok', `${name}: ${what}`)
      : finding('packages', 'note', `${name} is not installed: ${what}`, `Where it is wanted: npm install ${name}.`);
  });
}

const SHOWS = {
  kitty: 'pictures, by the protocol of kitty (PNG)',
  iterm: 'pictures, by the protocol of iTerm2',
  sixel: 'pictures, as sixels (PNG)',
  blocks: 'pictures in half blocks (PNG)',
} as const;

export function terminalFinding(env: Environment): DoctorFinding {
  const means = previewMeans(env);
  if (means === undefined) return finding('terminal', 'note', 'it shows text alone, and no --preview');
  const colours = means === 'blocks' ? `, in ${coloursOf(env) === '24bit' ? '24 bits' : '256'} of colour` : '';
  return finding('terminal', 'ok', `--preview shows ${SHOWS[means]}${colours}`);
}
