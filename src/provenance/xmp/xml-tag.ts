/** Reads an opening tag of XML, with its namespaces. Source: Namespaces in XML 1.0 (W3C, third edition). */
import { resolveEntities } from './escape.ts';
import { type PropertyName, XML } from './names.ts';

export interface XmlAttribute {
  readonly name: PropertyName;
  readonly value: string;
  /** The range from the space before the name to the end of the closing quote. */
  readonly start: number;
  readonly end: number;
}

export interface XmlElement {
  readonly name: PropertyName;
  /** Without namespace declarations. */
  readonly attributes: readonly XmlAttribute[];
  readonly children: XmlElement[];
  /** The text directly inside, with entities resolved. */
  text: string;
  readonly start: number;
  /** The position of the closing tag; `undefined` for an element without one. */
  contentEnd: number | undefined;
  end: number;
}

const NAME = /[A-Za-z_\u0080-\uffff][\w.\-\u0080-\uffff]*(?::[A-Za-z_\u0080-\uffff][\w.\-\u0080-\uffff]*)?/y;
const SPACE = /[ \t\r\n]*/y;

export interface Scope {
  readonly own: ReadonlyMap<string, string>;
  readonly outer: Scope | undefined;
}

export interface OpenTag {
  readonly element: XmlElement;
  /** The name as written, which the closing tag must repeat. */
  readonly tag: string;
  readonly scope: Scope;
  readonly isEmpty: boolean;
}

export const OUTERMOST: Scope = { own: new Map([['xml', XML]]), outer: undefined };

/** @returns the tag, with the end of its element still open; or what is wrong, as a phrase whose subject is the text */
export function readOpenTag(text: string, start: number, outer: Scope): OpenTag | string {
  const tag = readName(text, start + 1);
  if (tag === '') return 'has a damaged tag';
  const found: { raw: string; value: string; start: number; end: number }[] = [];
  const own = new Map<string, string>();
  let at = start + 1 + tag.length;
  for (;;) {
    const from = at;
    at = skipSpace(text, at);
    if (text[at] === '>' || text.startsWith('/>', at)) break;
    const raw = readName(text, at);
    if (raw === '' || at === from) return 'has a damaged tag';
    at = skipSpace(text, at + raw.length);
    if (text[at] !== '=') return 'has an attribute without a value';
    at = skipSpace(text, at + 1);
    const quote = text[at];
    if (quote !== '"' && quote !== "'") return 'has an attribute value without quotes';
    const end = text.indexOf(quote, at + 1);
    if (end === -1) return 'ends inside a tag';
    const value = resolveEntities(text.slice(at + 1, end));
    if (value === undefined) return 'uses an entity that XML does not define';
    if (text.slice(at + 1, end).includes('<')) return 'has an unescaped < in an attribute value';
    at = end + 1;
    if (raw === 'xmlns') own.set('', value);
    else if (raw.startsWith('xmlns:')) own.set(raw.slice(6), value);
    else found.push({ raw, value, start: from, end: at });
  }
  const isEmpty = text[at] === '/';
  const scope: Scope = own.size > 0 ? { own, outer } : outer;
  const name = nameIn(scope, tag, true);
  if (name === undefined) return 'uses an undeclared prefix';
  const attributes: XmlAttribute[] = [];
  for (const { raw, ...rest } of found) {
    const attribute = nameIn(scope, raw, false);
    if (attribute === undefined) return 'uses an undeclared prefix';
    attributes.push({ name: attribute, ...rest });
  }
  if (new Set(attributes.map((attribute) => attribute.name)).size < attributes.length)
    return 'has a duplicate attribute';
  const end = at + (isEmpty ? 2 : 1);
  return {
    tag,
    scope,
    isEmpty,
    element: { name, attributes, children: [], text: '', start, contentEnd: undefined, end },
  };
}

/** @returns `undefined` for an undeclared prefix */
function nameIn(scope: Scope, raw: string, isElement: boolean): PropertyName | undefined {
  const colon = raw.indexOf(':');
  const prefix = colon === -1 ? '' : raw.slice(0, colon);
  if (prefix === '' && !isElement) return ` ${raw}`;
  for (let each: Scope | undefined = scope; each; each = each.outer) {
    const uri = each.own.get(prefix);
    if (uri !== undefined) return `${uri} ${raw.slice(colon + 1)}`;
  }
  return prefix === '' ? ` ${raw}` : undefined;
}

/** @returns the name at this position, with its prefix; empty when there is none */
export function readName(text: string, at: number): string {
  return match(NAME, text, at);
}

export function skipSpace(text: string, at: number): number {
  return at + match(SPACE, text, at).length;
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
