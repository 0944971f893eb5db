/** The completion script for fish: one line for each flag and command, with its position. */
import type { CompletionPosition, FlagValue } from './positions.ts';

export function fishScript(positions: readonly CompletionPosition[]): string {
  const groups = positions.filter(({ path }) => path !== '');
  return `# imagen: completion for fish. Save it as ~/.config/fish/completions/imagen.fish
function __imagen_place
    set -l place ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch "$place:$word"
${groups.map(({ path }) => `            case ${quote(`${parentOf(path)}:${path.split(' ').at(-1)}`)}\n                set place ${quote(path)}`).join('\n')}
            case ${takingFlags(positions)
              .map((name) => quote(`*:${name}`))
              .join(' ')}
                set skip 1
        end
    end
    echo $place
end

function __imagen_at
    test (__imagen_place) = "$argv"
end

complete -c imagen -f
${positions.flatMap(linesOf).join('\n')}
`;
}

const parentOf = (path: string): string => path.split(' ').slice(0, -1).join(' ');

const takingFlags = (positions: readonly CompletionPosition[]): readonly string[] => [
  ...new Set(
    positions.flatMap(({ flags }) => flags.filter(({ value }) => value.kind !== 'none').flatMap(({ names }) => names)),
  ),
];

function linesOf({ path, subcommands, flags, argument }: CompletionPosition): readonly string[] {
  const at = `complete -c imagen -n ${quote(`__imagen_at ${path === '' ? "''" : path}`)}`;
  return [
    ...subcommands.map(({ name, description }) => `${at} -a ${quote(name)} -d ${quote(description)}`),
    ...flags.map(({ names, value, description }) => {
      const spelt = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
      return [at, ...spelt, ...valueWords(value), `-d ${quote(description)}`].join(' ');
    }),
    ...(argument.kind === 'words' ? [`${at} -a ${quote(argument.words.join(' '))}`] : []),
    ...(argument.kind === 'file' || argument.kind === 'directory' ? [`${at} -F`] : []),
  ];
}

function valueWords(value: FlagValue): readonly string[] {
  switch (value.kind) {
    case 'none':
      return [];
    case 'words':
      return ['-x', `-a ${quote(value.words.join(' '))}`];
    case 'file':
      return ['-r', '-F'];
    case 'directory':
      return ['-x', "-a '(__fish_complete_directories)'"];
    default:
      return ['-x'];
  }
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
