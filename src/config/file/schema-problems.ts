/** Turns schema issues into problems with file positions. */
import type * as z from 'zod/mini';
import { describeIssue, hasOwnMessage, type Issue } from '../../providers/protocol/input/issue.ts';
import { suggest } from '../../providers/registry.ts';
import { type FileProblem, type Path, quoted } from './config-error.ts';
import type { YamlFile } from './read-yaml.ts';
import { isSecretName, withoutSecrets } from './secrets.ts';

/** @param schema the schema of the part of the file that `yaml` covers */
export function problemsFromIssues(
  issues: readonly Issue[],
  yaml: YamlFile,
  schema: z.ZodMiniType,
): readonly FileProblem[] {
  return issues.flatMap((issue): readonly FileProblem[] => {
    const { code, path, keys } = issue;
    if (code === 'unrecognized_keys') {
      const known = keysAt(schema, path);
      return (keys ?? []).map((key) => unknownKey([...path, key], known, yaml));
    }
    const name = pathText(path);
    if (code === 'invalid_key')
      return [{ position: yaml.keyPosition(path), message: `${name} ${keyIssueText(issue)}` }];
    return [{ position: yaml.valuePosition(path), message: `${name} ${issueText(issue)}` }];
  });
}

export function unknownKey(path: Path, known: readonly string[], yaml: YamlFile): FileProblem {
  const key = String(path.at(-1));
  const above = path.length > 1 ? ` in ${pathText(path.slice(0, -1))}` : '';
  return {
    position: yaml.keyPosition(path),
    message: `there is no setting ${quoted(key)}${above}`,
    hint: tokenHint(path) ?? suggest(key, known) ?? `Known settings are ${known.join(', ')}.`,
  };
}

/** A token must not stand in the file: its readers could use it. */
const tokenHint = ([section, ...steps]: Path): string | undefined =>
  section === 'serve' && isSecretName(String(steps.at(-1)))
    ? 'The file holds no tokens. To make a token and the line with its hash: imagen serve --new-token NAME.'
    : undefined;

/** Returns a path as text: `routing[0].words`. */
export function pathText(path: Path): string {
  if (path.length === 0) return 'the file';
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const word = withoutSecrets(String(step));
    return text === '' ? word : `${text}.${word}`;
  }, '');
}

/** Uses the words of a file: "group of settings" and "list", not "object" and "array". */
function issueText(issue: Issue): string {
  const { code, expected } = issue;
  if (code === 'invalid_type' && !hasOwnMessage(issue)) {
    if (expected === 'object' || expected === 'record') return 'must be a group of settings';
    if (expected === 'array') return 'must be a list';
  }
  return describeIssue(issue);
}

/** What is wrong with a key stands in the nested issues. */
function keyIssueText(issue: Issue): string {
  const [first] = (issue as { readonly issues?: readonly Issue[] }).issues ?? [];
  return first === undefined ? 'is not a valid name' : issueText(first);
}

interface Definition {
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>;
  readonly element?: z.ZodMiniType;
  readonly innerType?: z.ZodMiniType;
  readonly valueType?: z.ZodMiniType;
  readonly out?: z.ZodMiniType;
}

/** Returns the keys an object of the schema may have. zod exposes the structure of a schema only here, and only loosely typed. */
export function keysAt(schema: z.ZodMiniType, path: Path): readonly string[] {
  const definitionOf = (of: z.ZodMiniType): Definition => {
    const definition = of._zod.def as Definition;
    const inner = definition.innerType ?? definition.out;
    return inner === undefined ? definition : definitionOf(inner);
  };
  let found = definitionOf(schema);
  for (const step of path) {
    const next = found.shape?.[String(step)] ?? found.element ?? found.valueType;
    if (next === undefined) return [];
    found = definitionOf(next);
  }
  return Object.keys(found.shape ?? {});
}
