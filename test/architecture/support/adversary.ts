/** Generates texts that make a regular expression slow, from the expression itself. */

/** A part of an expression, with the details that attacks need. */
type Piece =
  /** Some matching characters, as different as possible. */
  | { readonly kind: 'character'; readonly samples: readonly string[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Piece[] }
  | { readonly kind: 'choice'; readonly options: readonly Piece[] }
  | { readonly kind: 'repeat'; readonly body: Piece; readonly min: number; readonly max: number };

const EMPTY: Piece = { kind: 'sequence', parts: [] };

/** The characters of the texts: one of each kind that an expression may distinguish. */
const PROBES = [...'a0 A_-/\\.,:;=!?#%&+*@"\'`<>()[]{}|~^$zZ9xXfFnue1\n\r\t\0é中\u2028\u00a0'];
/** Endings after the repeated part that prevent a match. */
const SUFFIXES = ['', '\0', '!', '\n', ' a'];
/** A shorter repetition cannot be slow by itself. */
const LONG = 64;

/**
 * For each long repetition in the expression: the text before it, many repetitions, and an ending that does not match. Also repeats of
 * each character that the expression mentions, alone and in pairs.
 * @param length characters of each text
 */
export function adversarialTexts(source: string, flags: string, length = 100_000): string[] {
  const piece = parse(source, flags);
  const texts = new Set<string>();
  const fill = (before: string, part: string, after: string) => {
    if (part !== '')
      texts.add(
        before + part.repeat(Math.max(1, Math.floor((length - before.length - after.length) / part.length))) + after,
      );
  };
  for (const { before, part } of repetitions(piece, '')) {
    for (const suffix of SUFFIXES) fill(before, part, suffix);
    fill('', before + part, '\0');
    fill('', before + part.repeat(100), '\0');
    fill('\0', before, '\0');
  }
  const alphabet = [...new Set(characters(piece))].slice(0, 12);
  for (const one of [...alphabet, 'a', ' ', '\n', '\0']) {
    fill('', one, '\0');
    for (const other of alphabet.slice(0, 4)) fill('', one + other, '\0');
  }
  fill('', shortest(piece), '\0');
  return [...texts];
}

function* repetitions(piece: Piece, before: string): Generator<{ before: string; part: string }> {
  switch (piece.kind) {
    case 'character':
      return;
    case 'sequence': {
      let start = before;
      for (const part of piece.parts) {
        yield* repetitions(part, start);
        start += shortest(part);
      }
      return;
    }
    case 'choice':
      for (const option of piece.options) yield* repetitions(option, before);
      return;
    case 'repeat':
      if (piece.max >= LONG) for (const part of new Set(variants(piece.body))) yield { before, part };
      yield* repetitions(piece.body, before);
  }
}

/** Different texts that match once, none of them empty. */
function variants(piece: Piece): string[] {
  switch (piece.kind) {
    case 'character':
      return [...piece.samples];
    case 'choice':
      return piece.options.flatMap(variants);
    case 'repeat':
      return variants(piece.body).flatMap((text) => [
        text.repeat(Math.max(piece.min, 1)),
        text.repeat(Math.min(piece.max, 20)),
      ]);
    case 'sequence': {
      const whole = shortest(piece);
      const inner = piece.parts.flatMap((part, index) => {
        const around = (parts: readonly Piece[]) => parts.map(shortest).join('');
        const texts = part.kind === 'character' ? part.samples.slice(0, 3) : variants(part).slice(0, 6);
        return texts.map((text) => around(piece.parts.slice(0, index)) + text + around(piece.parts.slice(index + 1)));
      });
      return [whole, ...inner].filter((text) => text !== '').slice(0, 24);
    }
  }
}

function shortest(piece: Piece): string {
  switch (piece.kind) {
    case 'character':
      return piece.samples[0] ?? '';
    case 'sequence':
      return piece.parts.map(shortest).join('');
    case 'choice':
      return piece.options.map(shortest).sort((a, b) => a.length - b.length)[0] ?? '';
    case 'repeat':
      return shortest(piece.body).repeat(piece.min);
  }
}

function characters(piece: Piece): string[] {
  switch (piece.kind) {
    case 'character':
      return piece.samples.slice(0, 3);
    case 'sequence':
      return piece.parts.flatMap(characters);
    case 'choice':
      return piece.options.flatMap(characters);
    case 'repeat':
      return characters(piece.body);
  }
}

/** Reads as much of the grammar of regular expressions as attacks need. What an atom matches, the engine itself says. */
function parse(source: string, flags: string): Piece {
  let at = 0;
  const whole = choice();
  if (at !== source.length) throw new Error(`adversary: cannot read /${source}/ at ${at}.`);
  return whole;

  function choice(): Piece {
    const options = [sequence()];
    while (source[at] === '|') {
      at += 1;
      options.push(sequence());
    }
    return options.length === 1 && options[0] ? options[0] : { kind: 'choice', options };
  }

  function sequence(): Piece {
    const parts: Piece[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(quantified(atom()));
    return { kind: 'sequence', parts };
  }

  function quantified(body: Piece): Piece {
    const [text, , min, comma, max] = /^([*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(source.slice(at)) ?? [''];
    if (text === '') return body;
    at += text.length;
    if (text[0] === '*') return { kind: 'repeat', body, min: 0, max: Number.POSITIVE_INFINITY };
    if (text[0] === '+') return { kind: 'repeat', body, min: 1, max: Number.POSITIVE_INFINITY };
    if (text[0] === '?') return { kind: 'repeat', body, min: 0, max: 1 };
    const least = Number(min);
    return {
      kind: 'repeat',
      body,
      min: least,
      max: comma === '' ? least : max === '' ? Number.POSITIVE_INFINITY : Number(max),
    };
  }

  function atom(): Piece {
    const rest = source.slice(at);
    const group = /^\((\?<?[=!]|\?:|\?<\w+>|\?[a-z-]+:)?/.exec(rest);
    if (group) {
      at += group[0].length;
      const inner = choice();
      at += 1; // the closing bracket
      const isForbidden = group[1]?.endsWith('!') ?? false;
      return isForbidden ? EMPTY : inner;
    }
    const anchor = /^(\^|\$|\\[bB])/.exec(rest);
    const reference = /^\\([1-9]\d*|k<\w+>)/.exec(rest);
    if (anchor || reference) {
      at += (anchor ?? reference)?.[0].length ?? 0;
      return EMPTY;
    }
    const [text] =
      /^(\[(\\.|[^\]\\])*\]|\\u\{[0-9a-f]+\}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[pP]\{[^}]+\}|\\c[a-z]|\\.|.)/isu.exec(
        rest,
      ) ?? [rest];
    at += text.length;
    return { kind: 'character', samples: samplesOf(text) };
  }

  function samplesOf(text: string): string[] {
    const one = new RegExp(`^(?:${text})$`, flags.replace(/[gy]/g, ''));
    const written = [...text.replace(/^\[\^?|\]$/g, '')];
    const matching = [...written, ...PROBES].filter((character) => one.test(character));
    return [...new Set(matching.length > 0 ? matching : [literal(text)])].slice(0, 8);
  }
}

/** A character that no probe matches, e.g. `\x89`. */
function literal(text: string): string {
  const code = /^\\(?:x|u\{?)([0-9a-f]+)/i.exec(text)?.[1];
  return code === undefined ? text : String.fromCodePoint(Number.parseInt(code, 16));
}
