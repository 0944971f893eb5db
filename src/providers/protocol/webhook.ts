/** What a vendor's call to a host's server says about a job, once it is proved to come from the vendor. Plain JSON. */
export interface WebhookReport {
  readonly provider: string;
  /** As in the job's handle, whose `resume` fetches the pictures: by webhook or by asking, they are the same. */
  readonly jobId: string;
  readonly state: 'running' | 'done' | 'failed';
  /** The vendor's words about a failure. */
  readonly message?: string;
}
