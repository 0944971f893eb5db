/** The systemd unit that runs `imagen worker` or `imagen serve`. Source: systemd.service(5), systemd.exec(5), systemd.unit(5). */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { AppContext } from '../../shared/open-app.ts';
import type { CommandContext } from '../context.ts';

/** A command that runs until it is stopped. */
export type ServiceCommand = 'worker' | 'serve';

const TEXTS = {
  worker: {
    secrets: 'API keys',
    stopping: 'The first SIGTERM lets running work end; jobs at vendors are handed to the next worker after 25 s.',
    ownStore: 'Add work to that store',
  },
  serve: {
    secrets: 'API keys and tokens',
    stopping: 'The first SIGTERM lets running calls end; after 25 s, jobs at vendors are left to the next start.',
    ownStore: 'To use that store with other commands',
  },
} as const satisfies Record<ServiceCommand, object>;

export interface UnitSettings {
  readonly command: ServiceCommand;
  /** For `systemctl --user`. */
  readonly isUser: boolean;
  /** Absolute paths of Node and of the command. */
  readonly node: string;
  readonly imagen: string;
  /** Flags of the command. */
  readonly flags: readonly string[];
  readonly config: string | undefined;
  /** `undefined`: the state directory of the unit, for a system unit without a chosen store. */
  readonly store: string | undefined;
  /** Further directories that the process writes to: those of usage files and of a socket. */
  readonly outputs?: readonly string[];
  /** Relative paths of the configuration begin here. @default none: the configuration has none */
  readonly workingDirectory?: string | undefined;
  /** The user that a system unit runs as. */
  readonly userName: string;
}

export interface UnitOptions {
  readonly command: ServiceCommand;
  readonly isUser: boolean;
  /** The flag `--store`, if it was given. */
  readonly store: string | undefined;
  /** Further flags of the command. */
  readonly more: readonly string[];
  /** Directories that the flags name, and that the process writes to. @default none */
  readonly outputs?: readonly string[];
}

export function unitSettings(
  { config, store, hasChosenDirectory }: Pick<AppContext, 'config' | 'store' | 'hasChosenDirectory'>,
  options: UnitOptions,
  { cwd }: Pick<CommandContext, 'cwd'>,
  { execPath, argv } = process,
): UnitSettings {
  const { command, isUser, more } = options;
  const path = config.origin.kind === 'none' ? undefined : config.origin.path;
  const directory = store?.directory;
  const usageFiles = (config.usage?.sinks ?? []).flatMap((sink) => sink.path ?? []);
  const isRelative = [config.store.directory, config.output.directory, ...usageFiles].some(
    (each) => each !== undefined && !isAbsolute(each),
  );
  const chosen = options.store === undefined || directory === undefined ? [] : ['--store', directory];
  return {
    ...{ command, isUser, node: execPath, imagen: argv[1] ?? 'imagen', config: path, userName: userNameFor(isUser) },
    flags: [...(path === undefined ? [] : ['--config', path]), ...chosen, ...more],
    store: hasChosenDirectory || isUser ? directory : undefined,
    outputs: [...new Set([...usageFiles.map((file) => dirname(resolve(cwd, file))), ...(options.outputs ?? [])])],
    ...(isRelative && { workingDirectory: cwd }),
  };
}

/** A store and a configuration belong to the user who runs this command. Root gets a user of its own for the service. */
function userNameFor(isUser: boolean): string {
  if (isUser) return '';
  try {
    const { uid, username } = userInfo();
    return uid === 0 ? 'imagen' : username;
  } catch {
    return 'imagen'; // the system has no name for this user
  }
}

/** @returns the lines of the unit */
export function systemdUnit(settings: UnitSettings): readonly string[] {
  const { command, isUser, node, imagen, flags, workingDirectory } = settings;
  return [
    '[Unit]',
    `Description=imagen ${command}`,
    ...(isUser ? [] : ['After=network-online.target postgresql.service', 'Wants=network-online.target']),
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${[node, imagen, command, ...flags].map((each) => quote(each).replaceAll('$', '$$$$')).join(' ')}`,
    `# ${TEXTS[command].secrets}, one a line: OPENAI_API_KEY=…`,
    `EnvironmentFile=-${isUser ? '%E' : '/etc'}/imagen/${command}.env`,
    ...(workingDirectory === undefined ? [] : [`WorkingDirectory=${escapePercent(workingDirectory)}`]),
    ...(isUser ? [] : identityLines(settings)),
    'Restart=on-failure',
    'RestartSec=5',
    '# An invalid command or configuration fails again until it is changed.',
    'RestartPreventExitStatus=2 3',
    `# ${TEXTS[command].stopping}`,
    'KillSignal=SIGTERM',
    'TimeoutStopSec=40',
    'UMask=0077',
    ...sandboxLines(settings),
    '',
    '[Install]',
    `WantedBy=${isUser ? 'default.target' : 'multi-user.target'}`,
  ];
}

function identityLines({ userName, store }: UnitSettings): readonly string[] {
  return [
    `User=${userName}`,
    'StateDirectory=imagen',
    'StateDirectoryMode=0700',
    // The default store is $XDG_DATA_HOME/imagen.
    ...(store === undefined ? ['Environment=XDG_DATA_HOME=%S'] : []),
    '# An image that the store cannot take is saved here. A private /tmp would be deleted with the service.',
    'Environment=TMPDIR=/var/tmp',
  ];
}

/** No MemoryDenyWriteExecute: it stops the compiler of Node. */
function sandboxLines({ isUser, node, imagen, config, store, outputs = [] }: UnitSettings): readonly string[] {
  const withoutPrivileges = [
    'NoNewPrivileges=yes',
    'LockPersonality=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'RestrictNamespaces=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
    'SystemCallArchitectures=native',
  ];
  // A user's systemd can limit files only where the kernel allows user namespaces, and the unit fails where it does not.
  if (isUser) return withoutPrivileges;
  const needed = [node, imagen, config, store, ...outputs].filter((path) => path !== undefined);
  const isInHome = needed.some((path) => /^\/(?:home|root|run\/user)\//.test(`${path}/`));
  return [
    ...withoutPrivileges,
    'ProtectSystem=strict',
    `ReadWritePaths=${[...(store === undefined ? [] : [store]), ...outputs, '/var/tmp'].map(quote).join(' ')}`,
    ...(isInHome ? ['# Files that the service needs are in a home directory.'] : []),
    `ProtectHome=${isInHome ? 'read-only' : 'yes'}`,
    ...['PrivateDevices=yes', 'ProtectClock=yes', 'ProtectHostname=yes', 'ProtectControlGroups=yes'],
    ...['ProtectKernelTunables=yes', 'ProtectKernelModules=yes', 'ProtectKernelLogs=yes', 'CapabilityBoundingSet='],
  ];
}

/** systemd creates it for a system unit. */
const STATE_DIRECTORY = '/var/lib/imagen';

/** What to do with the unit, for a person. */
export function unitNotes(settings: UnitSettings): readonly string[] {
  const { command, isUser, imagen, store, userName } = settings;
  const flag = isUser ? ' --user' : '';
  const place = isUser ? '~/.config/systemd/user' : '/etc/systemd/system';
  return [
    `Save it as ${place}/imagen-${command}.service, then: systemctl${flag} daemon-reload && systemctl${flag} enable --now imagen-${command}`,
    ...(isUser ? ['To keep it running after you log out: loginctl enable-linger'] : []),
    ...(userName === 'imagen' ? ['It runs as the user imagen. To create it: useradd --system imagen'] : []),
    ...(isUser || store !== undefined
      ? []
      : [`Its store is ${STATE_DIRECTORY}. ${TEXTS[command].ownStore}: set store.directory in the configuration.`]),
    ...(store !== undefined && store !== STATE_DIRECTORY && !existsSync(store)
      ? [`The unit needs the store to exist: mkdir -p ${store}`]
      : []),
    ...(/[\\/]_npx[\\/]/.test(imagen)
      ? ['imagen runs from the cache of npx, which npm may delete. Install the package before you use the unit.']
      : []),
  ];
}

/** Quotes a word of a setting that takes several. In a command line, `$` must be doubled as well. */
function quote(text: string): string {
  const escaped = escapePercent(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /[\s"'\\;]/.test(text) ? `"${escaped}"` : escaped;
}

const escapePercent = (text: string): string => text.replaceAll('%', '%%');
