/** Finds the code in `.vue`, `.svelte` and `.astro` files. */

/** Files whose script blocks are checked. Templates, e.g. `{await import('x')}` in markup, are not. */
export const COMPONENT = /\.(?:vue|svelte|astro)$/;

const FENCE = '---';

/**
 * Returns the scripts of a component, with everything else blank, so that lines keep their numbers. Takes time in proportion to the length.
 * @param path decides the format: Astro files may also begin with code between two `---` lines
 */
export function scriptsOf(path: string, text: string): string {
  let script = '';
  let at = 0;
  const skipTo = (end: number) => {
    script += text.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  const keepTo = (end: number) => {
    script += text.slice(at, end);
    at = end;
  };
  if (path.endsWith('.astro') && text.trimStart().startsWith(FENCE)) {
    skipTo(text.indexOf(FENCE) + FENCE.length);
    const end = text.indexOf(`\n${FENCE}`, at);
    keepTo(end < 0 ? text.length : end);
  }
  const lower = text.toLowerCase();
  for (;;) {
    const open = lower.indexOf('<script', at);
    if (open < 0) break;
    const start = endOfTag(text, open);
    const close = lower.indexOf('</script', start);
    skipTo(start);
    keepTo(close < 0 ? text.length : close);
  }
  skipTo(text.length);
  return script;
}

/** The end of a tag; its attributes may hold `>` in quotes, e.g. `generic="T extends Set<string>"`. */
function endOfTag(text: string, open: number): number {
  let quote = '';
  for (let at = open; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at + 1;
  }
  return text.length;
}
