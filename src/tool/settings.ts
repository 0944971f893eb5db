/** The settings of the tools. */
import type { ImageManager } from '../manager/interfaces/image-manager.ts';
import type { Store } from '../store/store.ts';
import type { ToolCallRunner } from './calls/call-runner.ts';
import type { ManifestProvider } from './manifest/create-manifest.ts';

/** The settings of `createImageTools`. */
export interface ImageToolsSettings {
  /** Generates the images. The tools do not close it. */
  readonly manager: ImageManager;
  /** The store of the manager. The tools do not close it. */
  readonly store: Store;
  /** The profile of every request. @default none */
  readonly profile?: string | undefined;
  /** What one set of tools may spend, in US dollars; a further call is refused. @default 5 */
  readonly maxUsd?: number | undefined;
  /** How many images one set of tools may generate; a further call is refused. @default 50 */
  readonly maxImages?: number | undefined;
  /** A call above this price, in US dollars, needs `confirm_cost_usd`. @default 0.5 */
  readonly confirmAboveUsd?: number | undefined;
  /** What a call counts towards `maxUsd` when its price is not known, per image. @default 0.25 */
  readonly unpricedUsd?: number | undefined;
  /** Folders whose images agents may use as references. Other files are refused. @default none */
  readonly roots?: readonly string[] | undefined;
  /** Hosts from which `https:` references are fetched, e.g. `images.example.com`. @default none: links are refused */
  readonly referenceHosts?: readonly string[] | undefined;
  /** How long a tool waits for images before it answers with a job id, unless the agent asks for another time. @default 45000 */
  readonly answerWithinMs?: number | undefined;
  /** Returns a link that opens a stored image, for `url` in answers. @default none: `url` is `null` */
  readonly linkOf?: ((id: string) => string | undefined) | undefined;
  /**
   * The facts of providers for the manifest: `listProviders()` of the package root.
   * @default none: the manifest lists the environment variables of the best-known providers only
   */
  readonly providers?: readonly ManifestProvider[] | undefined;
  /** Starts calls and finds them again. @default calls run in this process, through the manager */
  readonly runner?: ToolCallRunner | undefined;
}
