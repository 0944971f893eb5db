/** Checks that every backend named elsewhere in the file exists. */
import { findProvider, findServers, registry, suggest, unknownProvider } from '../../../providers/registry.ts';
import { type FileProblem, type Path, quoted } from '../config-error.ts';
import type { YamlFile } from '../read-yaml.ts';
import type { FileContent } from '../schema.ts';
import { pathText } from '../schema-problems.ts';

interface Reference {
  readonly path: Path;
  readonly name: string;
  /** Whether the name is a key of the file, not a value. */
  readonly isKey?: boolean;
  /** Whether a provider id is accepted too. */
  readonly mayBeType?: boolean;
}

/** @param names the backends of the file, or every provider if the file has no backends */
export function referenceProblems(
  content: FileContent,
  names: readonly string[],
  yaml: YamlFile,
): readonly FileProblem[] {
  const types = Object.keys(registry);
  return referencesIn(content).flatMap(({ path, name, isKey, mayBeType }): readonly FileProblem[] => {
    const known = mayBeType ? [...names, ...types] : names;
    const id = findProvider(name);
    if (known.includes(name) || (mayBeType && id !== undefined)) return [];
    const position = isKey ? yaml.keyPosition(path) : yaml.valuePosition(path);
    const message = `${pathText(path)}: there is no backend ${quoted(name)}`;
    const hint = hintFor(name, id) ?? suggest(name, known) ?? `Backends are ${names.join(', ')}.`;
    return [{ position, message, hint }];
  });

  /** Returns a hint if the name is an alias of a backend's provider, or the name of a server or model. */
  function hintFor(name: string, id: string | undefined): string | undefined {
    if (id !== undefined) return names.includes(id) ? `Write ${id}.` : undefined;
    return findServers(name).length > 0 ? unknownProvider(name).hint : undefined;
  }
}

function referencesIn(content: FileContent): readonly Reference[] {
  const { default_backend, fallback, limits, routing, budget, profiles, serve } = content;
  return [
    ...(default_backend === undefined ? [] : [{ path: ['default_backend'], name: default_backend }]),
    ...referencesInList(fallback, ['fallback']),
    ...Object.keys(limits ?? {}).map((name) => ({ path: ['limits', name], name, isKey: true })),
    ...(routing ?? []).flatMap(({ backends }, at) =>
      referencesInList(backends, ['routing', at, 'backends']).map((each) => ({ ...each, mayBeType: true })),
    ),
    ...referencesInList(budget?.allow_unpriced, ['budget', 'allow_unpriced']),
    ...(serve?.tokens ?? []).flatMap(({ models }, at) => referencesInList(models, ['serve', 'tokens', at, 'models'])),
    ...Object.entries(profiles ?? {}).flatMap(([name, profile]) => {
      const path = ['profiles', name];
      const { allowed_backends, defaults } = profile ?? {};
      const { backend, fallback: next } = defaults ?? {};
      return [
        ...referencesInList(allowed_backends, [...path, 'allowed_backends']),
        ...(backend === undefined ? [] : [{ path: [...path, 'defaults', 'backend'], name: backend }]),
        ...referencesInList(next, [...path, 'defaults', 'fallback']),
      ];
    }),
  ];
}

/** An entry may be a backend with a model: `main/gpt-image-2`. */
const referencesInList = (entries: readonly string[] | null | undefined, path: Path): readonly Reference[] =>
  (entries ?? []).map((entry, at) => ({ path: [...path, at], name: entry.split('/')[0] ?? '' }));
