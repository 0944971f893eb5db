/** The features of the kit that only some adapters use. */
export type FeatureName =
  | 'jobs'
  | 'jobWebSocket'
  | 'listing'
  | 'lookup'
  | 'masks'
  | 'stream'
  | 'svg'
  | 'upload'
  | 'webhook';

/**
 * The code of one feature, named by each adapter that uses the feature, so that a bundle contains the features of its providers only. It loads
 * when it is needed, before anything is sent.
 */
export interface FeatureLoader<Name extends FeatureName> {
  readonly name: Name;
  /** Imports the code; see `Features`. */
  readonly load: () => Promise<object>;
}
