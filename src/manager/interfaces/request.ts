/** The request of a manager, and the session it belongs to. */
import type { EditRequest, ImageRequest } from '../../providers/protocol/index.ts';

/** A request of the protocol, with the fields that only a manager understands. */
export type ManagerRequest = (ImageRequest | EditRequest) & {
  /** The provider's name in the settings. @default chosen by the manager, see `route` */
  readonly provider?: string;
  /** Replaces each `{{variation}}` in the prompt, which must have one. It is inserted as plain text. */
  readonly variation?: string;
  /** A name in `profiles`. @default none: everything is allowed */
  readonly profile?: string;
  /** A session from `manager.session()`: its calls share limits and cached results. */
  readonly session?: Session;
  /**
   * The providers to try next when one fails: `'provider'` or `'provider/model'`, in this order. With an empty list no other is tried.
   * @default the other candidates, in the order of `plan`
   */
  readonly fallback?: readonly string[];
  /**
   * `url` adds the vendor's own link to each image as `link`, where the vendor gives one. Bytes are always returned.
   * @default 'bytes'
   */
  readonly output?: 'bytes' | 'url';
  /** Ids of stored images that this one is made from, such as those in `inputImages`. They are stored with the new image. */
  readonly parents?: readonly string[];
};

/** Calls that belong together, for example those of one user. Sessions share nothing with each other. */
export interface Session {
  /** The name it was created with, or a random id. */
  readonly id: string;
  /** Images generated in it so far. */
  readonly images: number;
}
