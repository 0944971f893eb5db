/** The completion script for bash 3.2 (the version of macOS) and later. */
import type { CompletionPosition, Flag, FlagValue } from './positions.ts';

export function bashScript(positions: readonly CompletionPosition[]): string {
  return `# imagen: completion for bash. Load it with: source <(imagen completion bash)
_imagen_fill() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done
}

_imagen() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous='' place='' value='' word i
  COMPREPLY=()
  # bash splits --flag=value into three words
  [[ $current == '=' ]] && current=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [[ $word == '=' ]] && continue
    [[ $word == '--' ]] && return 0
    if [[ -n $value ]]; then
      value=''
      previous=''
      continue
    fi
    case "$place:$word" in
${positions
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${quote(`${parentOf(path)}:${nameOf(path)}`)}) place=${quote(path)} ;;`)
  .join('\n')}
      *:-*)
        case "$place:$word" in
${positions.map((position) => flagsWithValueLines(position)).join('')}        esac
        previous="$word"
        ;;
    esac
  done
  if [[ -n $value ]]; then
    case "$place:$previous" in
${positions.map((position) => valueLines(position)).join('')}    esac
    return 0
  fi
  case "$place" in
${positions.map(positionLines).join('')}  esac
}

complete -F _imagen imagen
`;
}

const parentOf = (path: string): string => path.split(' ').slice(0, -1).join(' ');
const nameOf = (path: string): string => path.split(' ').at(-1) ?? '';
const patterns = (path: string, flags: readonly Flag[]): string =>
  flags.flatMap(({ names }) => names.map((name) => quote(`${path}:${name}`))).join(' | ');

function flagsWithValueLines({ path, flags }: CompletionPosition): string {
  const taking = flags.filter(({ value }) => value.kind !== 'none');
  return taking.length === 0 ? '' : `          ${patterns(path, taking)}) value=1 ;;\n`;
}

function valueLines({ path, flags }: CompletionPosition): string {
  return flags
    .flatMap((flag) => {
      const fill = fillOf(flag.value);
      return fill === undefined ? [] : [`      ${patterns(path, [flag])}) ${fill} ;;\n`];
    })
    .join('');
}

function positionLines({ path, subcommands, flags, argument }: CompletionPosition): string {
  const words = [...subcommands.map(({ name }) => name), ...(argument.kind === 'words' ? argument.words : [])];
  const names = flags.flatMap((flag) => flag.names);
  const files = argument.kind === 'file' || argument.kind === 'directory' ? fillOf(argument) : undefined;
  return [
    `    ${quote(path)})`,
    `      if [[ $current == -* ]]; then`,
    `        ${fillWords(names)}`,
    ...(words.length > 0
      ? ['      else', `        ${fillWords(words)}`]
      : files
        ? ['      else', `        ${files}`]
        : []),
    '      fi',
    '      ;;',
    '',
  ].join('\n');
}

function fillOf(value: FlagValue): string | undefined {
  switch (value.kind) {
    case 'words':
      return fillWords(value.words);
    case 'file':
      return `compopt -o filenames 2>/dev/null; _imagen_fill < <(compgen -f -- "$current")`;
    case 'directory':
      return `compopt -o filenames 2>/dev/null; _imagen_fill < <(compgen -d -- "$current")`;
    default:
      return undefined;
  }
}

const fillWords = (words: readonly string[]): string =>
  `_imagen_fill < <(compgen -W ${quote(words.join(' '))} -- "$current")`;

/** Quotes a text for the shell. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
