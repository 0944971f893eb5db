/** What a schema complains about, as faults with their places. */
import type * as z from 'zod/mini';
import { type Issue, SPEECHLESS, sentence } from '../../providers/protocol/issue.ts';
import { suggest } from '../../providers/registry.ts';
import { type FileFault, type Path, quoted } from './faults.ts';
import { shown } from './key-like.ts';
import type { YamlFile } from './read-yaml.ts';

/** @param schema that of the whole file, or of what `yaml` leads to */
export function faultsOf(issues: readonly Issue[], yaml: YamlFile, schema: z.ZodMiniType): readonly FileFault[] {
  return issues.flatMap((issue): readonly FileFault[] => {
    const { code, path, keys } = issue;
    if (code === 'unrecognized_keys') {
      const known = keysAt(schema, path);
      return (keys ?? []).map((key) => unknownKey([...path, key], known, yaml));
    }
    const at = nameOf(path);
    if (code === 'invalid_key') return [{ place: yaml.keyPlace(path), what: `${at} ${inner(issue)}` }];
    return [{ place: yaml.valuePlace(path), what: `${at} ${spoken(issue)}` }];
  });
}

export function unknownKey(path: Path, known: readonly string[], yaml: YamlFile): FileFault {
  const key = String(path.at(-1));
  const above = path.length > 1 ? ` in ${nameOf(path.slice(0, -1))}` : '';
  return {
    place: yaml.keyPlace(path),
    what: `there is no key ${quoted(key)}${above}`,
    hint: suggest(key, known) ?? `Keys are ${known.join(', ')}.`,
  };
}

/** As a person would say it: `routing[0].words`. */
export function nameOf(path: Path): string {
  if (path.length === 0) return 'the file';
  return path.reduce<string>((name, step) => {
    if (typeof step === 'number') return `${name}[${step}]`;
    const word = shown(String(step));
    return name === '' ? word : `${name}.${word}`;
  }, '');
}

/** In a file there are groups and lists. */
function spoken(issue: Issue): string {
  const { code, expected, message } = issue;
  if (code === 'invalid_type' && (message === SPEECHLESS || message === '')) {
    if (expected === 'object' || expected === 'record') return 'must be a group of keys';
    if (expected === 'array') return 'must be a list';
  }
  return sentence(issue);
}

/** What is wrong with a key is said by the issues within. */
function inner(issue: Issue): string {
  const [first] = (issue as { readonly issues?: readonly Issue[] }).issues ?? [];
  return first === undefined ? 'is no name' : spoken(first);
}

interface Definition {
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>;
  readonly element?: z.ZodMiniType;
  readonly innerType?: z.ZodMiniType;
  readonly valueType?: z.ZodMiniType;
  readonly out?: z.ZodMiniType;
}

/** The keys that an object of the schema may have. zod tells what a schema is made of only here, and only loosely typed. */
export function keysAt(schema: z.ZodMiniType, path: Path): readonly string[] {
  const definitionOf = (of: z.ZodMiniType): Definition => {
    const definition = of._zod.def as Definition;
    const inside = definition.innerType ?? definition.out;
    return inside === undefined ? definition : definitionOf(inside);
  };
  let found = definitionOf(schema);
  for (const step of path) {
    const next = found.shape?.[String(step)] ?? found.element ?? found.valueType;
    if (next === undefined) return [];
    found = definitionOf(next);
  }
  return Object.keys(found.shape ?? {});
}
