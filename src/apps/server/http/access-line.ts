/** What the server reports about an answer. */
export interface AccessLine {
  /** When the request arrived. ISO 8601. */
  readonly at: string;
  /** The id that the answer has as `x-request-id`. */
  readonly requestId: string;
  /** The HTTP method. */
  readonly method: string;
  /** The path, without query. Signatures of links to files are left out. */
  readonly path: string;
  /** The HTTP status of the answer. */
  readonly status: number;
  /** Milliseconds until the last byte of the answer was handed over. */
  readonly durationMs: number;
  /** Bytes of the body of the answer. */
  readonly bytes: number;
  /** The name of the token. Absent if the request had none, or an unknown one. */
  readonly token?: string;
  /** The address of the client, if it is known. */
  readonly address?: string;
  /** The call id, if the request made or joined a call. */
  readonly call?: string;
  /** The code of the error, if it was answered with one. `client_left`: the client hung up before it had the whole answer. */
  readonly code?: string;
}
