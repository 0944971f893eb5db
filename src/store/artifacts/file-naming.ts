/** File names: made of a template, safe on every platform, whatever the values hold. */
import { AiImageError } from '../../providers/protocol/errors.ts';

/** What a template may name. */
export interface NameFacts {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly prompt: string;
  readonly provider: string;
  readonly model: string;
  readonly seed?: number | undefined;
  readonly width: number;
  readonly height: number;
}

const VALUES: Readonly<Record<string, (facts: NameFacts) => string>> = {
  id: ({ id }) => id,
  date: ({ createdAt }) => createdAt.slice(0, 10),
  time: ({ createdAt }) => createdAt.slice(11, 19).replaceAll(':', ''),
  prompt: ({ prompt }) => prompt,
  provider: ({ provider }) => provider,
  model: ({ model }) => model,
  seed: ({ seed }) => (seed === undefined ? '' : String(seed)),
  size: ({ width, height }) => `${width}x${height}`,
};

export const DEFAULT_NAMING = '{date}-{prompt:40}-{id:8}';

/** Room for an extension, a number and the marks of temporary files within the 255 bytes that file systems take. */
const MOST_BYTES = 200;
const PLACE = /\{([a-z]{1,20})(?::(\d{1,3}))?\}/g;
/** Names that Windows keeps for devices, with or without an extension. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d) *(?:\.|$)/i;
/** All folders together: their names stand in the name of a note, see `noteName`. */
const MOST_BYTES_OF_FOLDERS = 100;
const LEAST_BYTES_OF_FOLDER = 12;

/**
 * Reads a template like `{provider}/{date}-{prompt:40}-{id:8}`. Only slashes of the template itself make folders.
 * @returns the path below the store, without an extension, in parts
 * @throws AiImageError `not_configured`
 */
export function readNaming(template: string): (facts: NameFacts) => readonly string[] {
  const wrong = (what: string) =>
    new AiImageError('not_configured', `naming: ${what}`, {
      hint: `Use letters, digits, - _ . / and ${Object.keys(VALUES)
        .map((name) => `{${name}}`)
        .join(' ')}; {prompt:40} takes the first 40 characters.`,
    });
  const unknown = [...template.matchAll(PLACE)].find(([, name = '']) => !Object.hasOwn(VALUES, name));
  if (unknown) throw wrong(`there is no {${unknown[1]}}`);
  const parts = template.split('/');
  if (parts.some((part) => part === '' || /^\.+$/.test(part))) throw wrong('an empty or dotted folder stands in it');
  // With its places filled in by nothing dangerous, only what may stand in a name is left.
  if (!/^[\w\-. /]*$/.test(template.replace(PLACE, 'x'))) throw wrong('it holds what no file name should');
  const mostOfFolder = Math.floor(MOST_BYTES_OF_FOLDERS / Math.max(parts.length - 1, 1));
  if (mostOfFolder < LEAST_BYTES_OF_FOLDER) throw wrong(`it has ${parts.length - 1} folders, which are too many`);
  return (facts) =>
    parts.map((part, at) => {
      const filled = part.replace(PLACE, (_, name: string, length?: string) =>
        toWord(VALUES[name]?.(facts) ?? '', length === undefined ? MOST_BYTES : Number(length)),
      );
      return toSafeName(filled, at === parts.length - 1 ? MOST_BYTES : mostOfFolder);
    });
}

/**
 * The folders that a template makes whatever the image is, up to the first one that depends on it.
 * @param template that `readNaming` takes
 */
export function knownFolders(template: string, createdAt: string): readonly string[] {
  const folders = template.split('/').slice(0, -1);
  const end = folders.findIndex((folder) => [...folder.matchAll(PLACE)].some(([, name]) => name !== 'date'));
  const known = folders.slice(0, end === -1 ? folders.length : end);
  if (known.length === 0) return [];
  // The room of each folder depends on how many there are in all.
  const facts = { id: '', createdAt, prompt: '', provider: '', model: '', width: 0, height: 0 };
  return readNaming(template)(facts).slice(0, known.length);
}

/** Letters and digits with their marks, joined by dashes. @param most characters */
export function toWord(text: string, most: number): string {
  const words = text
    .slice(0, 2_000)
    .normalize('NFKD')
    .toLowerCase()
    // Accents, and what cannot be seen: joiners, directions, fillers that count as letters.
    .replace(/[\u0300-\u036f]|\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFC')
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .map((word) => word.replace(/^\p{M}+/u, ''))
    .filter((word) => word !== '');
  let name = '';
  for (const word of words) {
    const next = name === '' ? word : `${name}-${word}`;
    const characters = [...next];
    if (characters.length > most) return name === '' ? characters.slice(0, most).join('') : name;
    name = next;
  }
  return name;
}

/** One part of a path: no dots or blanks at its ends, no doubled dashes, no device. @param most bytes */
export function toSafeName(text: string, most = MOST_BYTES): string {
  const tidy = withoutEnds(text.replace(/-{2,}/g, '-'), '-. ');
  let name = '';
  let bytes = 0;
  for (const character of tidy) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > most) break;
    name += character;
  }
  name = withoutEnds(name, '-. ');
  if (name === '') return 'image';
  return RESERVED.test(name) ? toSafeName(`image-${name}`, most) : name;
}

function withoutEnds(text: string, marks: string): string {
  let [start, end] = [0, text.length];
  while (start < end && marks.includes(text.charAt(start))) start++;
  while (end > start && marks.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}
