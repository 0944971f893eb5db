/** Splits SQL text of pg-boss into its statements. */

/** Where texts, names, bodies of functions and comments begin, which may contain semicolons, and what ends them. */
const OPENING = /'|"|--|\/\*|\$\w*\$|;/g;
const CLOSING: Readonly<Record<string, string>> = { "'": "'", '"': '"', '--': '\n', '/*': '*/' };

/** @returns the statements, without those that are empty */
export function splitStatements(text: string): readonly string[] {
  const statements: string[] = [];
  let startsAt = 0;
  let from = 0;
  for (;;) {
    OPENING.lastIndex = from;
    const found = OPENING.exec(text);
    if (found === null) break;
    const [mark] = found;
    const after = found.index + mark.length;
    if (mark === ';') {
      statements.push(text.slice(startsAt, found.index).trim());
      startsAt = after;
      from = after;
      continue;
    }
    // A dollar quote ends with itself. A doubled quote ends one text and begins the next.
    const closing = CLOSING[mark] ?? mark;
    const end = text.indexOf(closing, after);
    from = end === -1 ? text.length : end + closing.length;
  }
  statements.push(text.slice(startsAt).trim());
  return statements.filter((statement) => statement !== '');
}
