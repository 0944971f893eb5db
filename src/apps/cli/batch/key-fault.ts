/** What JSON.parse does not tell: a key that stands twice in one object, of which it would keep the last. */

/**
 * Reads the keys of all objects, in linear time.
 * @param json valid JSON
 * @returns what is wrong with a key, and what to do; the subject is the text
 */
export function findKeyFault(json: string): string | undefined {
  /** The keys of each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let isKeyDue = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '{':
        open.push(new Set());
        isKeyDue = true;
        break;
      case '[':
        open.push(undefined);
        isKeyDue = false;
        break;
      case '}':
      case ']':
        open.pop();
        isKeyDue = false;
        break;
      case ',':
        isKeyDue = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = endOfText(json, at);
        if (isKeyDue) {
          const key = String(JSON.parse(json.slice(at, end)));
          const shown = JSON.stringify(key.slice(0, 40));
          if (key === '__proto__') return `it has the key ${shown}, which no request has. Leave it out`;
          if (open.at(-1)?.has(key)) return `it has the key ${shown} twice. Leave one out`;
          open.at(-1)?.add(key);
          isKeyDue = false;
        }
        at = end - 1;
        break;
      }
    }
  }
  return undefined;
}

/** Behind the closing quote. */
function endOfText(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
