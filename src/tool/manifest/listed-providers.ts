/** The providers that manifests list by names of their own, the first to be tried first. */

export interface ListedProvider {
  /** The name in manifests. Tools accept it as `provider`. */
  readonly name: string;
  /** The id in this package. */
  readonly id: string;
  /** 0 is tried first. */
  readonly priority: number;
  /** Seconds. */
  readonly healthCheckInterval: number;
}

export const LISTED_PROVIDERS: readonly ListedProvider[] = [
  { name: 'openai_images', id: 'openai', priority: 0, healthCheckInterval: 300 },
  { name: 'stability', id: 'stability', priority: 10, healthCheckInterval: 300 },
  { name: 'vertex_imagen', id: 'vertex', priority: 20, healthCheckInterval: 300 },
  { name: 'bedrock_titan', id: 'bedrock', priority: 30, healthCheckInterval: 300 },
  { name: 'fal', id: 'fal', priority: 100, healthCheckInterval: 60 },
];
