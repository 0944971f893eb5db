/** The completion script for zsh: one function for each command, with its flags for `_arguments`. */
import type { CompletionPosition, Flag, FlagValue } from './positions.ts';

export function zshScript(positions: readonly CompletionPosition[]): string {
  return `#compdef imagen
# imagen: completion for zsh. Save it as _imagen in a directory of $fpath, or: source <(imagen completion zsh)
${positions.map(functionOf).join('\n')}
if [[ $funcstack[1] == _imagen ]]; then
  _imagen "$@"
else
  compdef _imagen imagen
fi
`;
}

const functionName = (path: string): string => ['_imagen', ...path.split(' ').filter((each) => each !== '')].join('_');

function functionOf({ path, subcommands, flags, argument }: CompletionPosition): string {
  const specs = flags.flatMap(flagSpecs);
  const name = functionName(path);
  if (subcommands.length === 0) {
    return [`${name}() {`, `  _arguments ${[...specs, argumentSpec(argument)].join(' \\\n    ')}`, '}', ''].join('\n');
  }
  return [
    `${name}() {`,
    '  local context state line',
    '  typeset -A opt_args',
    `  _arguments -C ${[...specs, "'1: :->command'", "'*:: :->rest'"].join(' \\\n    ')}`,
    '  case $state in',
    '    command)',
    '      local -a commands',
    `      commands=(${subcommands.map((each) => quote(`${each.name}:${each.description}`)).join(' ')})`,
    "      _describe -t commands 'command' commands",
    '      ;;',
    '    rest)',
    '      case $line[1] in',
    ...subcommands.map((each) => `        ${each.name}) ${functionName(`${path} ${each.name}`.trim())} ;;`),
    '      esac',
    '      ;;',
    '  esac',
    '}',
    '',
  ].join('\n');
}

/** A long flag takes its value after `=` or a space. */
function flagSpecs({ names, value, description }: Flag): readonly string[] {
  const text = `[${inSpec(description)}]`;
  return names.map((name) => {
    if (value.kind === 'none') return quote(`*${name}${text}`);
    return quote(`*${name}${name.startsWith('--') ? '=' : '+'}${text}${action(value)}`);
  });
}

/** A free text has no completions and no message, because a message would prevent the completion of flags. */
const argumentSpec = (value: FlagValue): string =>
  quote(value.kind === 'none' || value.kind === 'any' ? '*:text:{ true }' : `*${action(value)}`);

function action(value: FlagValue): string {
  switch (value.kind) {
    case 'words':
      return `:value:(${value.words.join(' ')})`;
    case 'file':
      return ':file:_files';
    case 'directory':
      return ':directory:_files -/';
    default:
      return ':value:';
  }
}

/** Escapes brackets and colons, which have a meaning in a specification. */
const inSpec = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
