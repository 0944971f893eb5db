/** The result of a health check. */
export type Health =
  | {
      readonly status: 'ok';
      /** How long the reply took, in milliseconds. */
      readonly latencyMs: number;
    }
  | {
      readonly status: 'failing';
      /** How long the reply took, in milliseconds. */
      readonly latencyMs: number;
      /** The code of the error. */
      readonly code: string;
      /** What is wrong, as a sentence. */
      readonly message: string;
    }
  /** The vendor has no free request that would show it. */
  | {
      readonly status: 'unknown';
      /** Why it cannot be known, as a sentence. */
      readonly message: string;
    };
