/** What a look at a file finds, in every format. */
export interface Found {
  /** Whole XMP packets, in the order of the file; at most `MAX_PACKETS`. */
  readonly packets: readonly Uint8Array[];
  readonly hasManifest: boolean;
  /** Why a packet that is there could not be taken out; the subject is the file. */
  readonly unreadable?: string;
  /** Why what was found may not be all: the file is cut or damaged. The subject is the file. */
  readonly broken?: string;
  /** Why nothing in the file may move, though it is whole. The subject is the file. */
  readonly fixed?: string;
}

/** A file has one. More are damage, or an attempt to have us inflate them all. */
export const MAX_PACKETS = 4;
