/** Text to plain data with the place of everything, under limits: YAML can be made to stop a parser, to grow, and to hide things. */
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
import { type FileFault, type FilePosition, type Path, quoted } from './faults.ts';
import { looksLikeKey } from './key-like.ts';

/** Words and signs; about two thousand lines. The parser's time grows faster than the text, so its size alone is no limit. */
const MAX_LEXEMES = 10_000;
const MAX_DEPTH = 60;
/** How many nodes aliases may stand for. */
const MAX_ALIASED = 100;
const TOO_MANY = 'its aliases (*name) stand for too much, or for nothing';
const RESERVED = ['__proto__', 'constructor', 'prototype'];

export interface YamlFile {
  readonly faults: readonly FileFault[];
  /** Only without faults. */
  readonly value?: unknown;
  /** Of the key that a path ends with, or of what stands nearest above it. */
  readonly keyPlace: (path: Path) => FilePosition;
  readonly valuePlace: (path: Path) => FilePosition;
}

export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const placeAt = (offset: number): FilePosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const failed = (offset: number, what: string, hint?: string): YamlFile => {
    const place = placeAt(offset);
    return { faults: [{ place, what, hint }], keyPlace: () => place, valuePlace: () => place };
  };
  const parser = new Parser(lines.addNewLine);
  const tokens = [];
  let count = 0;
  let aliases = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) return failed(parser.offset, 'it is nested too deep');
    // Each is looked for among all anchors: many of them take longer than anything else here.
    if (lexeme.startsWith('*') && ++aliases > MAX_ALIASED) return failed(parser.offset, TOO_MANY, 'Write it out.');
    if (++count > MAX_LEXEMES) return failed(parser.offset, 'the file is too long', 'A configuration is a few lines.');
  }
  tokens.push(...parser.end());
  // `%YAML 1.1` would bring merges and other readings of plain words back.
  const directive = tokens.find(({ type }) => type === 'directive');
  if (directive) return failed(directive.offset, 'directives (%…) are not taken here', 'Remove the line.');
  // Duplicates are looked for below: the library compares each key with every other one.
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: 'silent',
  });
  const [document, another] = composer.compose(tokens, true, text.length);
  if (document === undefined) return failed(0, 'it cannot be read as YAML');
  if (another) return failed(another.range[0], 'a second document begins here', 'One file holds one document.');
  const broken = [...document.errors, ...document.warnings].map(
    ({ code, pos }): FileFault => ({ place: placeAt(pos[0]), what: SENTENCES[code] ?? 'it cannot be read as YAML' }),
  );
  const faults = broken.length > 0 ? broken : hiddenFaults(document.contents, placeAt);
  const find = (path: Path) => finder(document, path);
  const places = {
    keyPlace: (path: Path) => placeAt(find(path).key),
    valuePlace: (path: Path) => placeAt(find(path).value),
  };
  if (faults.length > 0) return { faults, ...places };
  try {
    return { faults, value: document.toJS({ maxAliasCount: MAX_ALIASED }), ...places };
  } catch {
    // The one thing that can fail is an alias.
    return failed(0, TOO_MANY, 'Write it out.');
  }
}

/** The library's own sentences show pieces of the file. */
const SENTENCES: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'this alias (*name) is none',
  BAD_INDENT: 'the indentation does not fit what stands above',
  TAB_AS_INDENT: 'a tab stands where blanks must',
  MISSING_CHAR: 'a quotation mark, a bracket, a comma or the blank behind a colon is missing',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon in one line needs quotation marks around the text',
  MULTILINE_IMPLICIT_KEY: 'this line is neither a key nor belongs to the one above',
  BAD_DQ_ESCAPE: 'a backslash between double quotation marks is to be doubled',
  BAD_SCALAR_START: 'a text that begins with this sign needs quotation marks',
  TAG_RESOLVE_FAILED: 'tags (!name) are not taken here',
  BAD_COLLECTION_TYPE: 'tags (!name) are not taken here',
};

/** Keys that are no words, that stand twice or mean something to the machine, and secrets. */
function hiddenFaults(root: unknown, placeAt: (offset: number) => FilePosition): FileFault[] {
  const faults: FileFault[] = [];
  const add = (node: unknown, what: string, hint?: string) =>
    faults.push({ place: placeAt((node as Node | null)?.range?.[0] ?? 0), what, hint });
  const checkSecret = (node: unknown) => {
    if (!isScalar(node) || typeof node.value !== 'string' || !looksLikeKey(node.value)) return;
    const hint = 'Put it into an environment variable and name that, e.g. api_key_env: OPENAI_API_KEY.';
    add(node, 'this looks like a key or a password, and none belongs into the file; it is not shown here', hint);
  };
  const checkKey = ({ key }: Pair, seen: Set<string>) => {
    const name = keyOf(key);
    if (name === undefined) add(key, 'a key must be a plain word');
    else if (name === '<<') add(key, 'merges (<<) are not taken here', 'Write it out.');
    else if (RESERVED.includes(name)) add(key, `${quoted(name)} cannot be a key`);
    else if (seen.has(name)) add(key, 'this key stands there twice', 'Remove one of the two.');
    if (name !== undefined) seen.add(name);
    checkSecret(key);
  };
  const visit = (node: unknown): void => {
    checkSecret(node);
    if (isSeq(node)) for (const item of node.items) visit(item);
    if (!isMap(node)) return;
    const seen = new Set<string>();
    for (const pair of node.items) {
      checkKey(pair, seen);
      visit(pair.value);
    }
  };
  visit(root);
  return faults;
}

const keyOf = (key: unknown): string | undefined =>
  isScalar(key) && (typeof key.value === 'string' || typeof key.value === 'number') ? String(key.value) : undefined;

/** Offsets of what a path leads to, as far as it leads. */
function finder(document: Document, path: Path): { readonly key: number; readonly value: number } {
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
