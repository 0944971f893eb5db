/** Builds file names from a template. The names are safe on every platform, whatever the values contain. */
import { AiImageError } from '../../providers/protocol/errors.ts';

/** The values for the placeholders of a template. */
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

const PLACEHOLDERS: Readonly<Record<string, (facts: NameFacts) => string>> = {
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

/** Leaves space for an extension and a number within the 255 bytes that file systems allow. */
const MAX_NAME_BYTES = 200;
const PLACEHOLDER = /\{([a-z]{1,20})(?::(\d{1,3}))?\}/g;
/** Names that Windows reserves for devices, with or without an extension. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d) *(?:\.|$)/i;
/** All folders together: their names are part of the name of a journal entry, see `journalEntryName`. */
const MAX_FOLDERS_BYTES = 100;
const MIN_FOLDER_BYTES = 12;

/**
 * Reads a template like `{provider}/{date}-{prompt:40}-{id:8}`. Only slashes in the template make folders, never slashes in the values.
 * @returns a function that returns the folders and the file name below the partition, without an extension
 * @throws AiImageError `not_configured`
 */
export function readNaming(template: string): (facts: NameFacts) => readonly string[] {
  const placeholders = Object.keys(PLACEHOLDERS).map((name) => `{${name}}`);
  const grammar = `Use letters, digits, - _ . / and ${placeholders.join(' ')}; {prompt:40} takes the first 40 characters.`;
  const wrong = (what: string, hint = grammar) => new AiImageError('not_configured', `naming: ${what}`, { hint });
  const unknown = [...template.matchAll(PLACEHOLDER)].find(([, name = '']) => !Object.hasOwn(PLACEHOLDERS, name));
  if (unknown) throw wrong(`unknown placeholder {${unknown[1]}}`);
  const parts = template.split('/');
  if (parts.some((part) => part === '' || /^\.+$/.test(part)))
    throw wrong('folder names must not be empty or consist of dots');
  // Checks the template without its placeholders, whose values are made safe below.
  if (!/^[\w\-. /]*$/.test(template.replace(PLACEHOLDER, 'x')))
    throw wrong('the template contains characters that are not allowed in file names');
  const maxFolderBytes = Math.floor(MAX_FOLDERS_BYTES / Math.max(parts.length - 1, 1));
  if (maxFolderBytes < MIN_FOLDER_BYTES) {
    const maxFolders = Math.floor(MAX_FOLDERS_BYTES / MIN_FOLDER_BYTES);
    throw wrong(`the template has ${parts.length - 1} folders`, `Use at most ${maxFolders} folders.`);
  }
  return (facts) =>
    parts.map((part, at) => {
      const filled = part.replace(PLACEHOLDER, (_, name: string, length?: string) =>
        toWord(PLACEHOLDERS[name]?.(facts) ?? '', length === undefined ? MAX_NAME_BYTES : Number(length)),
      );
      return toSafeName(filled, at === parts.length - 1 ? MAX_NAME_BYTES : maxFolderBytes);
    });
}

/**
 * Returns the leading folders that are the same for every image saved at this time.
 * @param template a valid template, see `readNaming`
 */
export function knownFolders(template: string, createdAt: string): readonly string[] {
  const folders = template.split('/').slice(0, -1);
  const end = folders.findIndex((folder) => [...folder.matchAll(PLACEHOLDER)].some(([, name]) => name !== 'date'));
  const known = folders.slice(0, end === -1 ? folders.length : end);
  if (known.length === 0) return [];
  // The whole template is read, because the maximum length of a folder depends on the number of folders.
  const facts = { id: '', createdAt, prompt: '', provider: '', model: '', width: 0, height: 0 };
  return readNaming(template)(facts).slice(0, known.length);
}

/** Returns the words of a text, joined by dashes: letters and digits with their marks. @param maxLength in characters */
export function toWord(text: string, maxLength: number): string {
  const words = text
    .slice(0, 2_000)
    .normalize('NFKD')
    .toLowerCase()
    // Removes accents and invisible characters: joiners, direction marks, fillers that count as letters.
    .replace(/[\u0300-\u036f]|\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFC')
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .map((word) => word.replace(/^\p{M}+/u, ''))
    .filter((word) => word !== '');
  let name = '';
  for (const word of words) {
    const next = name === '' ? word : `${name}-${word}`;
    const characters = [...next];
    if (characters.length > maxLength) return name === '' ? characters.slice(0, maxLength).join('') : name;
    name = next;
  }
  return name;
}

/** Makes one part of a path: no dots or spaces at its ends, no repeated dashes, no device name. @param maxBytes in UTF-8 */
export function toSafeName(text: string, maxBytes = MAX_NAME_BYTES): string {
  const tidy = trimCharacters(text.replace(/-{2,}/g, '-'), '-. ');
  let name = '';
  let bytes = 0;
  for (const character of tidy) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > maxBytes) break;
    name += character;
  }
  name = trimCharacters(name, '-. ');
  if (name === '') return 'image';
  return RESERVED.test(name) ? toSafeName(`image-${name}`, maxBytes) : name;
}

function trimCharacters(text: string, characters: string): string {
  let [start, end] = [0, text.length];
  while (start < end && characters.includes(text.charAt(start))) start++;
  while (end > start && characters.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}
