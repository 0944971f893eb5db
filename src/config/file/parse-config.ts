/** Text to a configuration, or to all that is wrong with it. */
import type { Issue } from '../../providers/protocol/issue.ts';
import { findProvider, registry } from '../../providers/registry.ts';
import type { Config, ConfigOrigin } from '../config.ts';
import { camelKeys } from '../spelling.ts';
import { type KeyCheck, readBackends } from './backends.ts';
import { configError, type FileFault } from './faults.ts';
import { faultsOf } from './issues.ts';
import { readYaml, type YamlFile } from './read-yaml.ts';
import { referenceFaults } from './references.ts';
import { type FileContent, fileSchema } from './schema.ts';
import { variableFaults } from './store-variables.ts';

export interface ParsedConfig {
  readonly config: Config;
  /** As they stand in the file. */
  readonly trustedProjects: readonly string[];
}

export interface ParseOptions extends KeyCheck {
  readonly origin: Exclude<ConfigOrigin, { kind: 'none' }>;
  /** What `~` stands for at the beginning of a path. */
  readonly home?: string | undefined;
  /** It is the user's own file, however it was found. @default what the origin says */
  readonly isOwn?: boolean | undefined;
}

/** @throws AiImageError `not_configured`, with up to ten faults and their places */
export async function parseConfig(
  text: string,
  { origin, home, isOwn, ...check }: ParseOptions,
): Promise<ParsedConfig> {
  const yaml = readYaml(text);
  if (yaml.faults.length > 0) throw configError(origin.path, yaml.faults);
  const parsed = fileSchema.safeParse(yaml.value ?? {});
  if (!parsed.success) {
    const issues = parsed.error.issues as readonly Issue[];
    throw configError(origin.path, faultsOf(issues, yaml, fileSchema));
  }
  const content = parsed.data;
  const { backends, faults, notices } = await readBackends(content.backends ?? {}, yaml, check);
  const names = Object.keys(content.backends ?? {});
  const all = [
    ...faults,
    ...referenceFaults(withId(content, names), names.length > 0 ? names : Object.keys(registry), yaml),
    ...variableFaults(content, yaml, check),
    ...misplacedTrust(content, isOwn ?? origin.kind === 'user', yaml),
  ];
  if (all.length > 0) throw configError(origin.path, all);
  const config: Config = { origin, notices, backends, ...toConfig(withId(content, names), home) };
  return { config, trustedProjects: (content.trusted_projects ?? []).map((path) => withHome(path, home)) };
}

/** Without backends the default is a provider, and an alias will do. */
function withId(content: FileContent, names: readonly string[]): FileContent {
  const { default_backend: wanted } = content;
  if (names.length > 0 || wanted === undefined) return content;
  return { ...content, default_backend: findProvider(wanted) ?? wanted };
}

/** Whom to trust is for the user to say, and not for a project. */
function misplacedTrust({ trusted_projects }: FileContent, isOwn: boolean, yaml: YamlFile): readonly FileFault[] {
  if (trusted_projects == null || isOwn) return [];
  const what = 'trusted_projects counts in your own file alone, ~/.config/imagen.yaml';
  return [{ place: yaml.keyPlace(['trusted_projects']), what, hint: 'Move it there.' }];
}

function toConfig(content: FileContent, home: string | undefined): Omit<Config, 'origin' | 'notices' | 'backends'> {
  const { default_backend, output, store, budget, jobs, profiles, styles, routing, limits, fallback } = content;
  const { s3, ...plainStore } = store ?? {};
  const entries = <T, R>(section: Readonly<Record<string, T>> | null | undefined, change: (value: T) => R) =>
    Object.fromEntries(Object.entries(section ?? {}).map(([name, value]) => [name, change(value)]));
  return {
    ...(default_backend !== undefined && { defaultBackend: default_backend }),
    output: inHome(camelKeys(output ?? {}), home),
    store: { ...inHome(camelKeys(plainStore), home), ...(s3 !== undefined && { s3: camelKeys(s3) }) },
    budget: camelKeys(budget ?? {}),
    ...(jobs != null && { jobs: camelKeys(jobs) }),
    profiles: entries(profiles, (profile) => {
      const { allowedBackends, defaults, ...plain } = camelKeys(profile ?? {});
      const { backend, ...request } = camelKeys(defaults ?? {});
      return {
        ...plain,
        ...(allowedBackends !== undefined && { allowedProviders: allowedBackends }),
        ...(defaults !== undefined && {
          defaults: { ...request, ...(backend !== undefined && { provider: backend }) },
        }),
      };
    }),
    styles: entries(styles, camelKeys),
    routing: (routing ?? []).map(({ intents = [], words = [], backends }) => ({ intents, words, backends })),
    limits: entries(limits, camelKeys),
    ...(fallback != null && { fallback }),
  };
}

const withHome = (path: string, home: string | undefined): string =>
  home !== undefined && /^~(?:$|[\\/])/.test(path) ? `${home}${path.slice(1)}` : path;
const inHome = <T extends { directory?: string }>(section: T, home: string | undefined): T =>
  section.directory === undefined ? section : { ...section, directory: withHome(section.directory, home) };
