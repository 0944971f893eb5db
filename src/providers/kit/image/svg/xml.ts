/**
 * A small, strict XML reader, to find the size and the active content of an SVG file.
 * It accepts less than XML: no custom entities, and nothing in a comment that HTML would read differently.
 * Source: XML 1.0 (W3C, fifth edition).
 */

export interface SvgElement {
  readonly kind: 'open';
  /** As written, with its prefix. */
  readonly name: string;
  /** Names as written, values with entities resolved. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly isEmpty: boolean;
}

export type XmlToken =
  | SvgElement
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'cdata'; readonly text: string }
  | { readonly kind: 'instruction'; readonly target: string; readonly text: string }
  | { readonly kind: 'doctype' }
  | { readonly kind: 'error'; readonly reason: string };

const NAME = /[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*/y;
const SPACE = /[ \t\r\n]*/y;
const NAMED_ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Yields the tokens in order, without comments. Stops after an `error`. */
export function* readXml(text: string): Generator<XmlToken, void> {
  let at = 0;
  while (at < text.length) {
    const tag = text.indexOf('<', at);
    const textEnd = tag === -1 ? text.length : tag;
    if (textEnd > at) {
      const resolved = resolveEntities(text.slice(at, textEnd));
      if (resolved === undefined) return yield UNKNOWN_ENTITY;
      yield { kind: 'text', text: resolved };
    }
    if (tag === -1) return;
    const [token, end] = readMarkup(text, tag);
    if (token) yield token;
    if (token?.kind === 'error') return;
    at = end;
  }
}

const UNKNOWN_ENTITY: XmlToken = { kind: 'error', reason: 'uses an entity that XML does not define' };

type Read = readonly [token: XmlToken | undefined, end: number];

const failed = (reason: string): Read => [{ kind: 'error', reason }, 0];
const cut = failed('ends inside a tag');

function readMarkup(text: string, at: number): Read {
  if (text.startsWith('<!--', at)) {
    const end = text.indexOf('--', at + 4);
    if (end === -1) return cut;
    // XML forbids `--` inside. HTML also ends a comment at `<!-->` and `<!--->`, and would run what follows.
    if (text[end + 2] !== '>' || /^-?>/.test(text.slice(at + 4, at + 6))) return failed('has a damaged comment');
    return [undefined, end + 3];
  }
  if (text.startsWith('<![CDATA[', at)) {
    const end = text.indexOf(']]>', at);
    return end === -1 ? cut : [{ kind: 'cdata', text: text.slice(at + 9, end) }, end + 3];
  }
  if (text.startsWith('<!DOCTYPE', at)) {
    const end = text.indexOf('>', at);
    if (end === -1) return cut;
    if (text.slice(at, end).includes('[')) return failed('declares entities of its own');
    return [{ kind: 'doctype' }, end + 1];
  }
  if (text.startsWith('<?', at)) {
    const end = text.indexOf('?>', at);
    if (end === -1) return cut;
    const target = match(NAME, text, at + 2);
    return [{ kind: 'instruction', target, text: text.slice(at + 2 + target.length, end) }, end + 2];
  }
  return text[at + 1] === '/' ? readClose(text, at) : readOpen(text, at);
}

function readClose(text: string, at: number): Read {
  const name = match(NAME, text, at + 2);
  const end = at + 2 + name.length + match(SPACE, text, at + 2 + name.length).length;
  if (end >= text.length) return cut;
  return name === '' || text[end] !== '>' ? failed('has a damaged closing tag') : [{ kind: 'close', name }, end + 1];
}

function readOpen(text: string, start: number): Read {
  const name = match(NAME, text, start + 1);
  if (name === '') return failed('has a damaged tag');
  const attributes: [string, string][] = [];
  let at = start + 1 + name.length;
  for (;;) {
    const space = match(SPACE, text, at).length;
    at += space;
    if (at >= text.length) return cut;
    if (text[at] === '>') return [{ kind: 'open', name, attributes, isEmpty: false }, at + 1];
    if (text.startsWith('/>', at)) return [{ kind: 'open', name, attributes, isEmpty: true }, at + 2];

    const attribute = match(NAME, text, at);
    if (attribute === '' || space === 0) return failed(`has a damaged tag <${name.slice(0, 20)}>`);
    at += attribute.length;
    at += match(SPACE, text, at).length;
    if (text[at] !== '=') return failed(`has an attribute without a value in <${name.slice(0, 20)}>`);
    at += 1 + match(SPACE, text, at + 1).length;
    const quote = text[at];
    if (quote !== '"' && quote !== "'") return failed(`has a value without quotes in <${name.slice(0, 20)}>`);
    const end = text.indexOf(quote, at + 1);
    if (end === -1) return cut;
    const raw = text.slice(at + 1, end);
    if (raw.includes('<')) return failed(`has an unescaped < in <${name.slice(0, 20)}>`);
    const value = resolveEntities(raw);
    if (value === undefined) return [UNKNOWN_ENTITY, 0];
    attributes.push([attribute, value]);
    at = end + 1;
  }
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** @returns undefined for an entity that XML does not predefine */
function resolveEntities(text: string): string | undefined {
  if (!text.includes('&')) return text;
  let isKnown = true;
  const resolved = text.replace(/&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-z]{2,4})?;?/g, (whole, entity?: string) => {
    const character = entity !== undefined && whole.endsWith(';') ? characterOf(entity) : undefined;
    if (character === undefined) isKnown = false;
    return character ?? '';
  });
  return isKnown ? resolved : undefined;
}

function characterOf(entity: string): string | undefined {
  if (!entity.startsWith('#')) return NAMED_ENTITIES[entity];
  const code = entity[1] === 'x' ? Number.parseInt(entity.slice(2), 16) : Number.parseInt(entity.slice(1), 10);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
