/** Checks of `imagen doctor` for Node, the configuration, keys, packages and the terminal. None makes a call or changes anything. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ConfigCheck } from '../../../config/check-config.ts';
import { type Config, describeConfig, type Environment } from '../../../config/index.ts';
import { listProviders } from '../../../index.ts';
import { findProvider, unknownProvider } from '../../../providers/registry.ts';
import { checkUsability } from '../../shared/backend-models.ts';
import { type Backend, listBackends } from '../../shared/list-backends.ts';
import { coloursOf, previewProtocol } from '../output/preview/preview.ts';
import { faultLine, originText } from '../output/tables/config-lines.ts';
import { type DoctorFinding, finding } from './finding.ts';

/** @param version of Node, e.g. `22.13.0` @param engines as in package.json, e.g. `>=22.13` */
export function nodeFinding(version: string, engines: string): DoctorFinding {
  const [minMajor = 0, minMinor = 0] = engines.replace(/^>=/, '').split('.').map(Number);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isRecent = major > minMajor || (major === minMajor && minor >= minMinor);
  if (isRecent) return finding('node', 'ok', `Node ${version}`);
  return finding('node', 'fault', `Node ${version} is too old`, `Install ${minMajor}.${minMinor} or later.`);
}

export function configFindings(found: ConfigCheck, env: Environment): readonly DoctorFinding[] {
  const about = 'configuration';
  if (!found.isValid) {
    const { path, problems } = found;
    return problems.map((problem) => finding(about, 'fault', faultLine(path, problem)));
  }
  const { origin, notices } = found.config;
  return [finding(about, 'ok', originText(origin, env)), ...notices.map((notice) => finding(about, 'note', notice))];
}

/** Shows names of environment variables, never their values. */
export async function keyFindings(config: Config, env: Environment): Promise<readonly DoctorFinding[]> {
  const hasBackends = Object.keys(config.backends).length > 0;
  const set = variablesSet(config, env);
  const backends = listBackends(config, env);
  const states = await Promise.all(backends.map((backend) => backendFinding(backend, env)));
  const hasDefault = backends.some(({ isDefault }) => isDefault);
  const noKey = finding(
    'keys',
    'note',
    'no API key is set: only the offline stub is available',
    'Set for example OPENAI_API_KEY.',
  );
  const noDefault = finding(
    'backends',
    'note',
    'several keys are set and there is no default',
    'Set AI_IMAGE_PROVIDER.',
  );
  return [
    ...namedProviderFindings(env),
    ...(set.length > 0 ? [finding('keys', 'ok', `${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} set`)] : []),
    ...(set.length === 0 && !hasBackends ? [noKey] : []),
    ...states,
    ...(hasDefault ? [] : [noDefault]),
  ];
}

function namedProviderFindings(env: Environment): readonly DoctorFinding[] {
  const named = (env.AI_IMAGE_PROVIDER ?? '').trim();
  if (named === '' || findProvider(named) !== undefined) return [];
  const { message, hint } = unknownProvider(named, 'AI_IMAGE_PROVIDER');
  return [finding('keys', 'fault', message, hint)];
}

/** Returns the variables of keys that are set: those of the configured backends, else those of all providers. */
function variablesSet(config: Config, env: Environment): readonly string[] {
  const isSet = (name: string) => (env[name] ?? '').trim() !== '';
  const hasBackends = Object.keys(config.backends).length > 0;
  const variables = hasBackends
    ? Object.values(describeConfig(config, env).backends).flatMap((backend) => Object.values(backend.variables))
    : listProviders().flatMap(({ keyVariables }) =>
        keyVariables.map((variable) => ({ variable, isSet: isSet(variable) })),
      );
  return [...new Set(variables.filter((each) => each.isSet).map(({ variable }) => variable))];
}

async function backendFinding(backend: Backend, env: Environment): Promise<DoctorFinding> {
  const { name, isDefault, config } = backend;
  const usability = await checkUsability(backend, env);
  if (usability.isUsable) return finding('backends', 'ok', `${name} is usable${isDefault ? ' (default)' : ''}`);
  const shown = isDefault ? `${name} (default)` : name;
  if (config.isOptional) return finding('backends', 'note', `${shown} is left out: ${usability.reason}`);
  return finding('backends', 'fault', `${shown} is not usable: ${usability.reason}`);
}

/** Optional packages, and what the command line uses them for. */
export const OPTIONAL_PACKAGES: Readonly<Record<string, string>> = {
  '@trustnxt/c2pa-ts': 'signs images with your own certificate (C2PA)',
  '@contentauth/c2pa-wasm': 'checks C2PA manifests: imagen verify',
};

/** @param from a file; packages are resolved from its directory */
export function packageFindings(from: string): readonly DoctorFinding[] {
  const require = createRequire(from);
  return Object.entries(OPTIONAL_PACKAGES).map(([name, use]) => {
    const isThere = (require.resolve.paths(name) ?? []).some((path) => existsSync(join(path, name, 'package.json')));
    return isThere
      ? finding('packages', 'ok', `${name}: ${use}`)
      : finding('packages', 'note', `${name} is not installed: ${use}`, `To install it: npm install ${name}`);
  });
}

const PREVIEWS = {
  kitty: 'PNG images (kitty protocol)',
  iterm: 'images (iTerm2 protocol)',
  sixel: 'PNG images (sixels)',
  blocks: 'PNG images as half blocks',
} as const;

export function terminalFinding(env: Environment): DoctorFinding {
  const protocol = previewProtocol(env);
  if (protocol === undefined) return finding('terminal', 'note', 'it shows text only, so --preview does not work');
  const colours = protocol === 'blocks' ? `, ${coloursOf(env) === '24bit' ? '24-bit' : '256'} colours` : '';
  return finding('terminal', 'ok', `--preview shows ${PREVIEWS[protocol]}${colours}`);
}
