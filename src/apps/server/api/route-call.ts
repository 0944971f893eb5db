/** What a handler of the API gets and returns. */
import type { RouteName } from '../../../client/routes.ts';
import type { RouteAnswer, RouteInput } from '../../../client/schemas/schemas.ts';
import type { ServerContext, ServerRequest } from '../http/server-context.ts';
import type { Caller } from '../tenants/caller.ts';

export interface RouteCall<Name extends RouteName> {
  /** The checked fields of path, query and body. */
  readonly input: RouteInput<Name>;
  readonly caller: Caller;
  readonly context: ServerContext;
  /** The address of the server as the client sees it, for links. */
  readonly origin: string;
  /** The body as it was sent. Empty without one. */
  readonly bodyBytes: Uint8Array<ArrayBuffer>;
  readonly request: ServerRequest;
}

/** A JSON answer, before it is written. */
export interface RouteReply<Answer> {
  readonly body: Answer;
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Streams and files are answered as they are. */
export type RouteHandler<Name extends RouteName> = (
  call: RouteCall<Name>,
) => Promise<RouteReply<RouteAnswer<Name>> | Response>;
