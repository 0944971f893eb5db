/** Names that must mean something: whoever is named elsewhere in the file stands among its backends. */
import { findProvider, findServers, registry, suggest, unknownProvider } from '../../providers/registry.ts';
import { type FileFault, type Path, quoted } from './faults.ts';
import { nameOf } from './issues.ts';
import type { YamlFile } from './read-yaml.ts';
import type { FileContent } from './schema.ts';

interface Reference {
  readonly path: Path;
  readonly name: string;
  /** The name is a key of the file. */
  readonly isKey?: boolean;
  /** A type will do as well. */
  readonly mayBeType?: boolean;
}

/** @param names the backends of the file, or every provider where it has none */
export function referenceFaults(content: FileContent, names: readonly string[], yaml: YamlFile): readonly FileFault[] {
  const types = Object.keys(registry);
  return referencesIn(content).flatMap(({ path, name, isKey, mayBeType }): readonly FileFault[] => {
    const known = mayBeType ? [...names, ...types] : names;
    const id = findProvider(name);
    if (known.includes(name) || (mayBeType && id !== undefined)) return [];
    const place = isKey ? yaml.keyPlace(path) : yaml.valuePlace(path);
    const what = `${nameOf(path)}: there is no backend ${quoted(name)}`;
    return [{ place, what, hint: hintFor(name, id) ?? suggest(name, known) ?? `Backends are ${names.join(', ')}.` }];
  });

  /** For an alias of a backend's provider, and for the name of a model. */
  function hintFor(name: string, id: string | undefined): string | undefined {
    if (id !== undefined) return names.includes(id) ? `Write ${id}.` : undefined;
    return findServers(name).length > 0 ? unknownProvider(name).hint : undefined;
  }
}

function referencesIn(content: FileContent): readonly Reference[] {
  const { default_backend, fallback, limits, routing, budget, profiles } = content;
  return [
    ...(default_backend === undefined ? [] : [{ path: ['default_backend'], name: default_backend }]),
    ...eachOf(fallback, ['fallback']),
    ...Object.keys(limits ?? {}).map((name) => ({ path: ['limits', name], name, isKey: true })),
    ...(routing ?? []).flatMap(({ backends }, at) =>
      eachOf(backends, ['routing', at, 'backends']).map((each) => ({ ...each, mayBeType: true })),
    ),
    ...eachOf(budget?.allow_unpriced, ['budget', 'allow_unpriced']),
    ...Object.entries(profiles ?? {}).flatMap(([name, profile]) => {
      const path = ['profiles', name];
      const { allowed_backends, defaults } = profile ?? {};
      const { backend, fallback: next } = defaults ?? {};
      return [
        ...eachOf(allowed_backends, [...path, 'allowed_backends']),
        ...(backend === undefined ? [] : [{ path: [...path, 'defaults', 'backend'], name: backend }]),
        ...eachOf(next, [...path, 'defaults', 'fallback']),
      ];
    }),
  ];
}

/** A model may stand behind a name: `main/gpt-image-2`. */
const eachOf = (texts: readonly string[] | null | undefined, path: Path): readonly Reference[] =>
  (texts ?? []).map((text, at) => ({ path: [...path, at], name: text.split('/')[0] ?? '' }));
