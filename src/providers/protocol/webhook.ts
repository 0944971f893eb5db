/** What a verified webhook says about a job. Plain JSON. */
export interface WebhookReport {
  /** The provider's id or name. */
  readonly provider: string;
  /** The id in the job's handle. `resume` with that handle fetches the images. */
  readonly jobId: string;
  /** What the webhook says about the job. */
  readonly state: 'running' | 'done' | 'failed';
  /** The vendor's message about a failure. */
  readonly message?: string;
}
