/** Checks the section `serve`: tokens with one source and a name of their own, profiles that exist, and environment variables. */
import { suggest } from '../../../providers/registry.ts';
import { type FileProblem, type Path, quoted } from '../config-error.ts';
import type { KeyCheck } from '../read-backends.ts';
import type { YamlFile } from '../read-yaml.ts';
import type { FileContent } from '../schema.ts';
import { pathText } from '../schema-problems.ts';
import { variableProblems } from './variable-problems.ts';

type Token = NonNullable<NonNullable<NonNullable<FileContent['serve']>['tokens']>[number]>;

export function serveProblems(content: FileContent, yaml: YamlFile, check: KeyCheck): readonly FileProblem[] {
  const tokens = content.serve?.tokens ?? [];
  const ofTokens = tokens.flatMap((token, at): readonly FileProblem[] => {
    const path = ['serve', 'tokens', at];
    const isRepeated = tokens.findIndex(({ name }) => name === token.name) !== at;
    return [
      ...sourceProblems(token, path, yaml),
      ...(isRepeated
        ? [
            {
              position: yaml.valuePosition([...path, 'name']),
              message: `${pathText(path)}: another token has the name ${quoted(token.name)}`,
              hint: 'Give each token a name of its own: spending is counted under it.',
            },
          ]
        : []),
      ...(token.env === undefined
        ? []
        : variableProblems([...path, 'env'], token.env, 'ADA_TOKEN', { ...check, yaml })),
      ...sameTokenProblems(tokens, at, yaml),
      ...profileProblems(token, path, content, yaml),
      ...limitProblems(token, path, content, yaml),
    ];
  });
  return [...ofTokens, ...sizeProblems(content, yaml)];
}

/** The defaults of `createImageServer`, which refuses such limits too. */
const [DEFAULT_JSON_BYTES, DEFAULT_UPLOAD_BYTES] = [1024 ** 2, 256 * 1024 ** 2];

function sizeProblems({ serve }: FileContent, yaml: YamlFile): readonly FileProblem[] {
  const { max_json_bytes, max_upload_bytes } = serve?.limits ?? {};
  if ((max_upload_bytes ?? DEFAULT_UPLOAD_BYTES) >= (max_json_bytes ?? DEFAULT_JSON_BYTES)) return [];
  const path = ['serve', 'limits', max_upload_bytes === undefined ? 'max_json_bytes' : 'max_upload_bytes'];
  return [
    {
      position: yaml.valuePosition(path),
      message: `serve.limits.max_upload_bytes is below max_json_bytes, which is ${max_json_bytes ?? DEFAULT_JSON_BYTES}`,
      hint: 'Raise the one, or lower the other.',
    },
  ];
}

function sourceProblems({ sha256, env }: Token, path: Path, yaml: YamlFile): readonly FileProblem[] {
  if ((sha256 === undefined) !== (env === undefined)) return [];
  return [
    {
      position: yaml.valuePosition(path),
      message: `${pathText(path)} needs either sha256 or env`,
      hint: 'To make a token and its line for the file: imagen serve --new-token NAME.',
    },
  ];
}

/** A token of a variable and one of a hash may be the same too: `imagen serve` finds that, because it reads the variable. */
function sameTokenProblems(tokens: readonly Token[], at: number, yaml: YamlFile): readonly FileProblem[] {
  const source = sourceOf(tokens[at]);
  const first = source === undefined ? -1 : tokens.findIndex((each) => sourceOf(each) === source);
  if (first === -1 || first === at) return [];
  const path = ['serve', 'tokens', at, tokens[at]?.env === undefined ? 'sha256' : 'env'];
  return [
    {
      position: yaml.valuePosition(path),
      message: `${pathText(path)}: ${tokens[first]?.name} has the same token`,
      hint: 'Make one token for each name: imagen serve --new-token NAME.',
    },
  ];
}

/** What tells two tokens apart. A token without a source, or with two, has a problem of its own. */
const sourceOf = ({ env, sha256 }: Partial<Token> = {}): string | undefined => env ?? sha256?.toLowerCase();

function profileProblems(
  { profile }: Token,
  path: Path,
  { profiles }: FileContent,
  yaml: YamlFile,
): readonly FileProblem[] {
  const names = Object.keys(profiles ?? {});
  if (profile === undefined || names.includes(profile)) return [];
  const own = names.length === 0 ? 'The file has no profiles.' : `Profiles are ${names.join(', ')}.`;
  return [
    {
      position: yaml.valuePosition([...path, 'profile']),
      message: `${pathText([...path, 'profile'])}: there is no profile ${quoted(profile)}`,
      hint: suggest(profile, names) ?? own,
    },
  ];
}

function limitProblems(
  { name, per_day_usd }: Token,
  path: Path,
  { budget }: FileContent,
  yaml: YamlFile,
): readonly FileProblem[] {
  if (per_day_usd === undefined || !Object.hasOwn(budget?.per_project_per_day_usd ?? {}, name)) return [];
  return [
    {
      position: yaml.valuePosition([...path, 'per_day_usd']),
      message: `${pathText([...path, 'per_day_usd'])}: budget.per_project_per_day_usd has a limit for the same project`,
      hint: 'Remove one of them: the name of a token is the project of its requests.',
    },
  ];
}
