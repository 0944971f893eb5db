/** Parses and checks the text of a configuration file. */
import type { Issue } from '../../providers/protocol/input/issue.ts';
import { findProvider, registry } from '../../providers/registry.ts';
import type { Config, ConfigOrigin, McpConfig, ServeConfig } from '../config.ts';
import { camelCaseKeys } from '../key-case.ts';
import { configError, type FileProblem } from './config-error.ts';
import { referenceProblems } from './problems/reference-problems.ts';
import { serveProblems } from './problems/serve-problems.ts';
import { checkServedModels } from './problems/served-models.ts';
import { storeProblems } from './problems/store-problems.ts';
import { usageProblems } from './problems/usage-problems.ts';
import { type KeyCheck, readBackends } from './read-backends.ts';
import { readYaml, type YamlFile } from './read-yaml.ts';
import { type FileContent, fileSchema } from './schema.ts';
import { problemsFromIssues } from './schema-problems.ts';

export interface ParsedConfig {
  readonly config: Config;
  /** As written in the file, with `~` expanded. */
  readonly trustedProjects: readonly string[];
}

export interface ParseOptions extends KeyCheck {
  readonly origin: Exclude<ConfigOrigin, { kind: 'none' }>;
  /** The directory that replaces `~` at the start of a path. */
  readonly home?: string | undefined;
  /** Whether this is the user's own file, however it was found. @default whether the origin is `user` */
  readonly isOwn?: boolean | undefined;
}

/** @throws AiImageError `not_configured`, with up to ten problems and their positions */
export async function parseConfig(
  text: string,
  { origin, home, isOwn, ...check }: ParseOptions,
): Promise<ParsedConfig> {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) throw configError(origin.path, yaml.problems);
  const parsed = fileSchema.safeParse(yaml.value ?? {});
  if (!parsed.success) {
    const issues = parsed.error.issues as readonly Issue[];
    throw configError(origin.path, problemsFromIssues(issues, yaml, fileSchema));
  }
  const content = parsed.data;
  const { backends, problems, notices } = await readBackends(content.backends ?? {}, yaml, check);
  const names = Object.keys(content.backends ?? {});
  const served = await checkServedModels(content, backends, yaml);
  const all = [
    ...problems,
    ...referenceProblems(withProviderId(content, names), names.length > 0 ? names : Object.keys(registry), yaml),
    ...storeProblems(content, yaml, check),
    ...usageProblems(content, yaml, check),
    ...serveProblems(content, yaml, check),
    ...served.problems,
    ...misplacedTrust(content, isOwn ?? origin.kind === 'user', yaml),
  ];
  if (all.length > 0) throw configError(origin.path, all);
  const config: Config = {
    origin,
    notices: [...notices, ...served.notices],
    backends,
    ...toConfig(withProviderId(content, names), home),
  };
  return { config, trustedProjects: (content.trusted_projects ?? []).map((path) => expandHome(path, home)) };
}

/** Without backends, `default_backend` names a provider: replaces an alias by the provider's id. */
function withProviderId(content: FileContent, names: readonly string[]): FileContent {
  const { default_backend: defaultName } = content;
  if (names.length > 0 || defaultName === undefined) return content;
  return { ...content, default_backend: findProvider(defaultName) ?? defaultName };
}

/** Only the user's own file may trust projects; a project cannot trust itself. */
function misplacedTrust({ trusted_projects }: FileContent, isOwn: boolean, yaml: YamlFile): readonly FileProblem[] {
  if (trusted_projects == null || isOwn) return [];
  const message = 'trusted_projects is allowed only in your own file, ~/.config/imagen.yaml';
  return [{ position: yaml.keyPosition(['trusted_projects']), message, hint: 'Move it there.' }];
}

function toConfig(content: FileContent, home: string | undefined): Omit<Config, 'origin' | 'notices' | 'backends'> {
  const { default_backend, output, store, budget, jobs, profiles, styles, routing, limits, fallback } = content;
  const { usage, serve, mcp } = content;
  const { s3, ...plainStore } = store ?? {};
  const entries = <T, R>(section: Readonly<Record<string, T>> | null | undefined, change: (value: T) => R) =>
    Object.fromEntries(Object.entries(section ?? {}).map(([name, value]) => [name, change(value)]));
  return {
    ...(default_backend !== undefined && { defaultBackend: default_backend }),
    output: expandDirectory(camelCaseKeys(output ?? {}), home),
    store: { ...expandDirectory(camelCaseKeys(plainStore), home), ...(s3 !== undefined && { s3: camelCaseKeys(s3) }) },
    budget: toBudget(budget, serve),
    ...(jobs != null && { jobs: camelCaseKeys(jobs) }),
    profiles: entries(profiles, (profile) => {
      const { allowedBackends, defaults, ...plain } = camelCaseKeys(profile ?? {});
      const { backend, ...request } = camelCaseKeys(defaults ?? {});
      return {
        ...plain,
        ...(allowedBackends !== undefined && { allowedProviders: allowedBackends }),
        ...(defaults !== undefined && {
          defaults: { ...request, ...(backend !== undefined && { provider: backend }) },
        }),
      };
    }),
    styles: entries(styles, camelCaseKeys),
    routing: (routing ?? []).map(({ intents = [], words = [], backends }) => ({ intents, words, backends })),
    limits: entries(limits, camelCaseKeys),
    ...(fallback != null && { fallback }),
    ...(usage?.sinks != null && {
      usage: {
        sinks: usage.sinks.map((sink) => {
          const { path, ...plain } = camelCaseKeys(sink);
          return { ...plain, ...(path !== undefined && { path: expandHome(path, home) }) };
        }),
      },
    }),
    ...(serve != null && { serve: toServeConfig(serve) }),
    ...(mcp != null && { mcp: toMcpConfig(mcp, home) }),
  };
}

/** The limit of a token is one of its project, so that it holds in every process that uses the configuration. */
function toBudget(budget: FileContent['budget'], serve: FileContent['serve']): Config['budget'] {
  const { perProjectPerDayUsd, ...own } = camelCaseKeys(budget ?? {});
  const ofTokens = (serve?.tokens ?? []).flatMap(({ name, per_day_usd }) =>
    per_day_usd === undefined ? [] : [[name, per_day_usd] as const],
  );
  const perDay = { ...perProjectPerDayUsd, ...Object.fromEntries(ofTokens) };
  return { ...own, ...(Object.keys(perDay).length > 0 && { perProjectPerDayUsd: perDay }) };
}

function toServeConfig(serve: NonNullable<FileContent['serve']>): ServeConfig {
  const { tokens, limits, ...plain } = camelCaseKeys(serve);
  return {
    ...plain,
    ...(tokens !== undefined && { tokens: tokens.map(camelCaseKeys) }),
    ...(limits !== undefined && { limits: camelCaseKeys(limits) }),
  };
}

function toMcpConfig(mcp: NonNullable<FileContent['mcp']>, home: string | undefined): McpConfig {
  const { roots, referenceHosts, ...plain } = camelCaseKeys(mcp);
  return {
    ...plain,
    ...(roots != null && { roots: roots.map((path) => expandHome(path, home)) }),
    ...(referenceHosts != null && { referenceHosts }),
  };
}

const expandHome = (path: string, home: string | undefined): string =>
  home !== undefined && /^~(?:$|[\\/])/.test(path) ? `${home}${path.slice(1)}` : path;
const expandDirectory = <T extends { directory?: string }>(section: T, home: string | undefined): T =>
  section.directory === undefined ? section : { ...section, directory: expandHome(section.directory, home) };
