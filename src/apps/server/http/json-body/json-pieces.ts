/** JSON whose image bytes are not encoded yet. */

/** Text of the document, or bytes whose base64 text comes next. */
export type JsonPiece = string | Uint8Array;

/**
 * Like `JSON.stringify`, where each `Uint8Array` stands for its base64 text. The bytes are not copied: they must not change until the
 * document was sent.
 * @param value any JSON value. A value that JSON cannot hold becomes `null`
 */
export function toJsonPieces(value: unknown): readonly JsonPiece[] {
  // Random, so that no text of the value has it.
  const mark = crypto.randomUUID();
  const bytes: Uint8Array[] = [];
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, current: unknown) {
    // `this[key]` instead of `current`: a Buffer has already been converted by its own toJSON.
    const original = this[key];
    if (!(original instanceof Uint8Array)) return current;
    bytes.push(original);
    return mark;
  }) as string | undefined; // its type does not know that functions and `undefined` have no JSON
  if (text === undefined) return ['null'];
  return bytes.length === 0
    ? [text]
    : text.split(mark).flatMap((part, index) => [part, ...bytes.slice(index, index + 1)]);
}
