/**
 * Parses YAML into plain data with a position for every key and value. Limits apply, because YAML can stall a parser, expand without bound
 * and hide content.
 */
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  Parser,
} from 'yaml';
import { type FilePosition, type FileProblem, type Path, quoted } from './config-error.ts';
import { looksLikeSecret } from './secrets.ts';

/** Words and punctuation: about two thousand lines. Parsing time grows faster than the text, so a limit on bytes alone is not enough. */
const MAX_LEXEMES = 10_000;
const MAX_DEPTH = 60;
/** The number of aliases, and of nodes that they may expand to. */
const MAX_ALIASED = 100;
const BAD_ALIASES = 'its aliases (*name) expand to too much, or are not defined';
const RESERVED_KEYS = ['__proto__', 'constructor', 'prototype'];

export interface YamlFile {
  readonly problems: readonly FileProblem[];
  /** Only set if there are no problems. */
  readonly value?: unknown;
  /** Returns the position of the path's last key, or of the nearest key above it. */
  readonly keyPosition: (path: Path) => FilePosition;
  readonly valuePosition: (path: Path) => FilePosition;
}

export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const positionAt = (offset: number): FilePosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const failed = (offset: number, message: string, hint?: string): YamlFile => {
    const position = positionAt(offset);
    return {
      problems: [{ position, message, hint }],
      keyPosition: () => position,
      valuePosition: () => position,
    };
  };
  const parser = new Parser(lines.addNewLine);
  const tokens = [];
  let count = 0;
  let aliases = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) return failed(parser.offset, 'it is nested too deeply');
    // The library searches all anchors for each alias, so many aliases take longer than anything else here.
    if (lexeme.startsWith('*') && ++aliases > MAX_ALIASED)
      return failed(parser.offset, BAD_ALIASES, 'Write the values out.');
    if (++count > MAX_LEXEMES)
      return failed(parser.offset, 'the file is too long', 'A configuration is a few lines of YAML.');
  }
  tokens.push(...parser.end());
  // `%YAML 1.1` would enable merge keys and other readings of plain words.
  const directive = tokens.find(({ type }) => type === 'directive');
  if (directive) return failed(directive.offset, 'directives (%…) are not supported', 'Remove the line.');
  // `findForbidden` reports duplicate keys. The library would compare each key with every other one.
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: 'silent',
  });
  const [document, another] = composer.compose(tokens, true, text.length);
  if (document === undefined) return failed(0, 'it is not valid YAML');
  if (another) return failed(another.range[0], 'a second document begins here', 'Keep one document in the file.');
  const syntaxProblems = [...document.errors, ...document.warnings].map(
    ({ code, pos }): FileProblem => ({
      position: positionAt(pos[0]),
      message: SYNTAX_MESSAGES[code] ?? 'it is not valid YAML',
    }),
  );
  const problems = syntaxProblems.length > 0 ? syntaxProblems : findForbidden(document.contents, positionAt);
  const lookups = {
    keyPosition: (path: Path) => positionAt(offsetsOf(document, path).key),
    valuePosition: (path: Path) => positionAt(offsetsOf(document, path).value),
  };
  if (problems.length > 0) return { problems, ...lookups };
  try {
    return { problems, value: document.toJS({ maxAliasCount: MAX_ALIASED }), ...lookups };
  } catch {
    // Only an alias can fail here.
    return failed(0, BAD_ALIASES, 'Write the values out.');
  }
}

/** Replace the library's messages, because those quote parts of the file. */
const SYNTAX_MESSAGES: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'this alias (*name) is not defined',
  BAD_INDENT: 'the indentation does not match the lines above',
  TAB_AS_INDENT: 'indent with spaces, not with a tab',
  MISSING_CHAR: 'a quotation mark, a bracket, a comma or the space after a colon is missing',
  BLOCK_AS_IMPLICIT_KEY: 'put quotation marks around text that contains a colon',
  MULTILINE_IMPLICIT_KEY: 'this line is neither a setting nor part of the value above',
  BAD_DQ_ESCAPE: 'write a backslash in double quotation marks as two backslashes',
  BAD_SCALAR_START: 'put quotation marks around text that begins with this character',
  TAG_RESOLVE_FAILED: 'tags (!name) are not supported',
  BAD_COLLECTION_TYPE: 'tags (!name) are not supported',
};

/** Reports what valid YAML may hold and a configuration may not: keys that are no words, duplicates, reserved keys, merge keys and secrets. */
function findForbidden(root: unknown, positionAt: (offset: number) => FilePosition): FileProblem[] {
  const problems: FileProblem[] = [];
  const report = (node: unknown, message: string, hint?: string) =>
    problems.push({ position: positionAt(offsetOf(node, 0)), message, hint });
  const checkSecret = (node: unknown) => {
    if (!isScalar(node) || typeof node.value !== 'string' || !looksLikeSecret(node.value)) return;
    const hint = 'Put it into an environment variable and name that, e.g. api_key_env: OPENAI_API_KEY.';
    report(node, 'this looks like an API key or a password (not shown); secrets are not allowed in the file', hint);
  };
  const checkKey = ({ key }: Pair, earlier: Set<string>) => {
    const name = keyOf(key);
    if (name === undefined) report(key, 'the name of a setting must be a plain word');
    else if (name === '<<') report(key, 'merge keys (<<) are not supported', 'Write the values out.');
    else if (RESERVED_KEYS.includes(name)) report(key, `${quoted(name)} cannot be the name of a setting`);
    else if (earlier.has(name)) report(key, 'this setting appears twice', 'Remove one of the two.');
    if (name !== undefined) earlier.add(name);
    checkSecret(key);
  };
  const visit = (node: unknown): void => {
    checkSecret(node);
    if (isSeq(node)) for (const item of node.items) visit(item);
    if (!isMap(node)) return;
    const earlier = new Set<string>();
    for (const pair of node.items) {
      checkKey(pair, earlier);
      visit(pair.value);
    }
  };
  visit(root);
  return problems;
}

const keyOf = (key: unknown): string | undefined =>
  isScalar(key) && (typeof key.value === 'string' || typeof key.value === 'number') ? String(key.value) : undefined;

/** Returns the offsets of a path's key and value, or of the deepest part of the path that exists. */
function offsetsOf(document: Document, path: Path): { readonly key: number; readonly value: number } {
  let node: unknown = document.contents;
  let key = offsetOf(node, 0);
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find((each) => keyOf(each.key) === String(step));
      if (pair === undefined) return { key, value: key };
      key = offsetOf(pair.key, key);
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      key = offsetOf(node, key);
    } else return { key, value: offsetOf(node, key) };
  }
  return { key, value: offsetOf(node, key) };
}

const offsetOf = (node: unknown, otherwise: number): number => (node as Node | null)?.range?.[0] ?? otherwise;
