/** Creates a client: one method for each route of the route table. */
import type { ApiCallOptions, ClientSettings, Fields } from './client-settings.ts';
import { ROUTES, type Route, type RouteName } from './routes.ts';
import type { RouteAnswer, RouteInput } from './schemas/schemas.ts';
import { connectionOf, readJson, sendRequest } from './send-request.ts';
import { watchEvents } from './watch-events.ts';

/** What a method returns: an answer, the events of a stream, or a `Response` with bytes. */
export type RouteResult<Name extends RouteName> = (typeof ROUTES)[Name] extends { readonly answer: infer Kind }
  ? Kind extends 'events'
    ? AsyncIterable<RouteAnswer<Name>>
    : Promise<Kind extends 'bytes' ? Response : void>
  : Promise<RouteAnswer<Name>>;

/** A method: the fields of path, query and body in one object. */
export type RouteMethod<Name extends RouteName> =
  Record<never, never> extends RouteInput<Name>
    ? (input?: RouteInput<Name>, options?: ApiCallOptions) => RouteResult<Name>
    : (input: RouteInput<Name>, options?: ApiCallOptions) => RouteResult<Name>;

/** A client of one server. It has no state but its settings. */
export type ImageClient = { readonly [Name in keyof typeof ROUTES]: RouteMethod<Name> };

/**
 * Creates a client. Needs only `fetch`, and works in a browser.
 * @throws TypeError a setting is wrong
 * @example
 * const client = createClient({ url: 'http://127.0.0.1:4242', token });
 * const { generation } = await client.generate({ prompt: 'a red fox in the snow' });
 */
export function createClient(settings: ClientSettings): ImageClient {
  const connection = connectionOf(settings);
  const methodOf = (route: Route) => {
    const send = (input: Fields = {}, options: ApiCallOptions = {}) => sendRequest(connection, route, input, options);
    switch (route.answer) {
      case 'events':
        return (input: Fields = {}, options: ApiCallOptions = {}) => watchEvents(connection, route, input, options);
      case 'bytes':
        return async (input?: Fields, options?: ApiCallOptions) => (await send(input, options)).response;
      case 'empty':
        return async (input?: Fields, options?: ApiCallOptions) => void (await send(input, options));
      case undefined:
        return async (input?: Fields, options?: ApiCallOptions) =>
          readJson(await send(input, options), options?.signal);
      default:
        return route.answer satisfies never;
    }
  };
  const methods = Object.entries<Route>(ROUTES).map(([name, route]) => [name, methodOf(route)]);
  // The server answers as the schemas of the route say; tests check each route.
  return Object.fromEntries(methods) as unknown as ImageClient;
}
