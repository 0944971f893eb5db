/** Reads JSON of the server that the caller chose. */

/** @returns `undefined`: the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
