/** Identifies a submitted job, so that any process can resume it. Plain JSON without a credential. It holds the prompt: store it accordingly. */
export interface JobHandle {
  /** The version of this format. */
  readonly version: 1;
  /** The provider's id or name. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** The vendor's id of the job. */
  readonly id: string;
  /** ISO 8601, by the clock of the machine that submitted the job. */
  readonly submittedAt: string;
  /** The URL to poll. */
  readonly pollUrl?: string;
  /** Further data of the adapter; plain JSON. */
  readonly state?: unknown;
  /** The request, so that another process can check and complete the result. */
  readonly request: {
    readonly prompt: string;
    readonly n: number;
    readonly format?: string;
    readonly size?: string;
    readonly quality?: string;
    readonly seed?: number;
  };
}
