/** What a verified webhook says about a job. Plain JSON. */
export interface WebhookReport {
  readonly provider: string;
  /** The id in the job's handle. `resume` with that handle fetches the images. */
  readonly jobId: string;
  readonly state: 'running' | 'done' | 'failed';
  /** The vendor's message about a failure. */
  readonly message?: string;
}
