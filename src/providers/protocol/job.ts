/** What finds a submitted job again, from any process: plain JSON, without a credential. It holds the prompt; keep it like one. */
export interface JobHandle {
  readonly version: 1;
  readonly provider: string;
  readonly model: string;
  /** The vendor's id of the job. */
  readonly id: string;
  /** ISO 8601, by the clock of the machine that submitted. */
  readonly submittedAt: string;
  /** Where to ask about it. */
  readonly pollUrl?: string;
  /** What the adapter needs besides; plain JSON. */
  readonly state?: unknown;
  /** What was asked for, so that the result can be filled and checked in another process. */
  readonly request: {
    readonly prompt: string;
    readonly n: number;
    readonly format?: string;
    readonly size?: string;
    readonly quality?: string;
    readonly seed?: number;
  };
}
