/** Checks the usage sinks: the settings of each type, names that are used once, and environment variables. */
import type { FileProblem } from '../config-error.ts';
import type { KeyCheck } from '../read-backends.ts';
import type { YamlFile } from '../read-yaml.ts';
import type { FileContent } from '../schema.ts';
import { pathText } from '../schema-problems.ts';
import { variableProblems } from './variable-problems.ts';

type Sink = NonNullable<NonNullable<NonNullable<FileContent['usage']>['sinks']>[number]>;
type Key = Exclude<keyof Sink, 'type' | 'name'>;

const KEYS: Readonly<Record<Sink['type'], readonly Key[]>> = {
  jsonl: ['path', 'stream'],
  postgres: ['url_env', 'schema'],
  webhook: ['url_env', 'secret_env'],
};
const EXAMPLES = { url_env: 'USAGE_URL', secret_env: 'USAGE_SECRET' } as const;

export function usageProblems({ usage, store }: FileContent, yaml: YamlFile, check: KeyCheck): readonly FileProblem[] {
  const sinks = usage?.sinks ?? [];
  return sinks.flatMap((sink, at): readonly FileProblem[] => {
    const path = ['usage', 'sinks', at];
    const given = (Object.keys(sink) as (keyof Sink)[]).filter((key) => key !== 'type' && key !== 'name');
    const foreign = (given as Key[]).filter((key) => !KEYS[sink.type].includes(key));
    const name = sink.name ?? sink.type;
    const isRepeated = sinks.findIndex((other) => (other.name ?? other.type) === name) !== at;
    return [
      ...foreign.map((key) => ({
        position: yaml.keyPosition([...path, key]),
        message: `${pathText([...path, key])} is not a setting of a sink of the type ${sink.type}`,
        hint: `Its settings are ${KEYS[sink.type].join(', ')}.`,
      })),
      ...(foreign.length === 0
        ? missingSettings(sink, store).map((message) => ({
            position: yaml.valuePosition(path),
            message: `${pathText(path)} ${message}`,
          }))
        : []),
      ...(isRepeated
        ? [
            {
              position: yaml.valuePosition(path),
              message: `${pathText(path)}: another sink has the name ${name}`,
              hint: 'Give each sink a name of its own: records wait under it.',
            },
          ]
        : []),
      ...(['url_env', 'secret_env'] as const).flatMap((key) => {
        const variable = sink[key];
        return variable === undefined
          ? []
          : variableProblems([...path, key], variable, EXAMPLES[key], { ...check, yaml });
      }),
    ];
  });
}

function missingSettings(sink: Sink, store: FileContent['store']): readonly string[] {
  switch (sink.type) {
    case 'jsonl':
      return (sink.path === undefined) === (sink.stream === undefined) ? ['needs either path or stream: stdout'] : [];
    case 'postgres':
      return sink.url_env === undefined && store?.database_url_env === undefined
        ? ['needs url_env, because store.database_url_env is not set']
        : [];
    case 'webhook':
      return (['url_env', 'secret_env'] as const).filter((key) => sink[key] === undefined).map((key) => `needs ${key}`);
    default:
      return sink.type satisfies never;
  }
}
