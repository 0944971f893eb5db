/** Checks the models that the section `serve` names. What no backend can have is a problem; a vendor may have more models than are known here. */
import { isModelTier } from '../../../providers/protocol/shared/model-tier.ts';
import { registry, suggest } from '../../../providers/registry.ts';
import type { BackendConfig } from '../../config.ts';
import { type FileProblem, type Path, quoted } from '../config-error.ts';
import type { YamlFile } from '../read-yaml.ts';
import type { FileContent } from '../schema.ts';
import { pathText } from '../schema-problems.ts';

export interface ServedModels {
  readonly problems: readonly FileProblem[];
  readonly notices: readonly string[];
}

type Backends = Readonly<Record<string, BackendConfig>>;

/** @param backends the backends of the file. Without any, every provider is one, and its models are not checked */
export async function checkServedModels(
  { serve }: FileContent,
  backends: Backends,
  yaml: YamlFile,
): Promise<ServedModels> {
  const aliases = Object.entries(serve?.aliases || {}).map(([name, target]) => ({
    path: ['serve', 'aliases', name],
    target,
  }));
  const allowed = (serve?.tokens ?? []).flatMap(({ models = [] }, at) =>
    models.map((target, index) => ({ path: ['serve', 'tokens', at, 'models', index], target })),
  );
  if (aliases.length + allowed.length === 0) return { problems: [], notices: [] };
  const listed = await listModels(backends);
  return {
    problems: aliases.flatMap(({ path, target }) => findUnknown(path, target, listed, yaml)),
    notices: [...aliases, ...allowed].flatMap(({ path, target }) => findUnlisted(path, target, listed)),
  };
}

/** By backend. `undefined`: its models are not known here, e.g. those of a server of its own. */
type ListedModels = ReadonlyMap<string, readonly string[] | undefined>;

async function listModels(backends: Backends): Promise<ListedModels> {
  const entries = Object.entries(backends).map(async ([name, { type, model }]) => {
    const { models, ownModels } = (await registry[type].load()).definition;
    const ids = [...Object.keys(models), ...(model === undefined ? [] : [model])];
    return [name, ownModels !== undefined || Object.keys(models).length === 0 ? undefined : ids] as const;
  });
  return new Map(await Promise.all(entries));
}

/** `referenceProblems` checks the backends of tokens. An alias may also stand for a model alone, or for a tier. */
function findUnknown(path: Path, target: string, listed: ListedModels, yaml: YamlFile): readonly FileProblem[] {
  const [backend = ''] = target.split('/');
  if (listed.size === 0 || listed.has(backend) || isModelTier(target)) return [];
  if ([...listed.values()].some((models) => models === undefined || models.includes(target))) return [];
  const known = [...listed].flatMap(([name, models = []]) => [name, ...models, ...models.map((id) => `${name}/${id}`)]);
  return [
    {
      position: yaml.valuePosition(path),
      message: `${pathText(path)}: there is no backend and no model ${quoted(target)}`,
      hint:
        suggest(target, known) ??
        `Write a backend, with or without a model. Backends are ${[...listed.keys()].join(', ')}.`,
    },
  ];
}

function findUnlisted(path: Path, target: string, listed: ListedModels): readonly string[] {
  const [backend = '', ...rest] = target.split('/');
  const model = rest.join('/');
  const models = listed.get(backend);
  if (models === undefined || model === '' || isModelTier(model) || models.includes(model)) return [];
  const what = `${pathText(path)}: the backend ${backend} does not list the model ${quoted(model)}`;
  return [[`${what}; the provider may refuse it.`, suggest(model, models)].filter(Boolean).join(' ')];
}
