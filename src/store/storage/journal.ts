/** What is under way in `incoming`, as the names of its files say: the process first, so that anybody can tell what a dead one left. */

const KINDS = ['add', 'change', 'delete'] as const;

/** The file of a note holds the sidecar as it will be, or was. */
export interface JournalEntry {
  readonly kind: (typeof KINDS)[number];
  /** Of the opening of the store that works on it. */
  readonly token: string;
  /** Of the picture. */
  readonly id: string;
  readonly folder: readonly string[];
}

type Whose = Pick<JournalEntry, 'token' | 'id'>;

/** `<token>.<id>.add.<folder>`; no part has a dot. A name may have 255 bytes: folders have to be short, see `readNaming`. */
export const journalEntryName = ({ kind, token, id, folder }: JournalEntry): string =>
  `${token}.${id}.${kind}.${Buffer.from(folder.join('/')).toString('base64url')}`;

/** The picture, until it has its name. */
export const bytesName = ({ token, id }: Whose): string => `${token}.${id}.bytes`;

/** Which upload in parts is under way. */
export const uploadName = ({ token, id }: Whose): string => `${token}.${id}.upload`;

/** A file on its way to be a note or a sidecar. */
export const nextName = ({ token, id }: Whose): string => `${token}.${id}.next`;

/** @returns `undefined` for a file that is no note */
export function readJournalEntry(name: string): JournalEntry | undefined {
  const [token, id, kind, folder, ...rest] = name.split('.');
  const known = KINDS.find((each) => each === kind);
  if (known === undefined || !token || !id || folder === undefined || rest.length > 0) return undefined;
  const path = Buffer.from(folder, 'base64url').toString();
  return { kind: known, token, id, folder: path === '' ? [] : path.split('/') };
}

export const tokenOf = (name: string): string => name.split('.')[0] ?? '';
export const idOf = (name: string): string => name.split('.')[1] ?? '';
