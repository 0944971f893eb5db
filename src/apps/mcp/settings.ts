/** The settings of an MCP server, and the server as hosts see it. */
import type { McpServerFactory } from '@modelcontextprotocol/server';
import type { Store } from '../../store/index.ts';
import type { ImageTools, ToolImage } from '../../tool/index.ts';

/** The body of an HTTP request. Images are passed as ids or paths, not as bytes. */
export const MAX_REQUEST_BYTES = 4 * 1024 ** 2;

/** The settings of `createImagenMcp`. */
export interface ImagenMcpSettings {
  /** What `createImageTools` returned. The MCP server does not close them. */
  readonly tools: ImageTools;
  /** The store of the tools: clients can read its images as resources. */
  readonly store: Store;
  /** Adds small versions of new images to answers, so that the model sees them. @default true */
  readonly previews?: boolean | undefined;
  /** Asks the user of the client to agree to a high price, where the client can do that. @default true */
  readonly elicitation?: boolean | undefined;
  /** A folder of skills, each with a `SKILL.md`, for clients that can read them. Needs Node. @default none */
  readonly skillsFolder?: string | undefined;
  /** Returns a link that opens an image, for `url` in answers. @param request the HTTP request; `undefined` over stdio @default none */
  readonly linkOf?: ((image: ToolImage, request: Request | undefined) => Promise<string | undefined>) | undefined;
  /** Leaves the paths of files out of answers, for clients on other machines. @default false */
  readonly hidesPaths?: boolean | undefined;
  /**
   * Signs the question about a price, which the client sends back with the answer: at least 32 random bytes. Servers that share the requests
   * of their clients need the same key. @default a random key
   */
  readonly stateKey?: Uint8Array | undefined;
  /** Receives errors that answers do not report, for example a preview that cannot be made. @default none */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Answers one HTTP request of a client. Pass the body as `parsedBody` if it has been read. */
export type McpFetch = (
  request: Request,
  options?: { readonly parsedBody?: unknown; readonly authInfo?: McpHolder },
) => Promise<Response>;

/** Who sent an HTTP request, as the host found out. Calls of different clients are never the same call. */
export interface McpHolder {
  /** The token, or a name for it. It is not written anywhere. */
  readonly token: string;
  /** Tells clients apart. */
  readonly clientId: string;
  /** What the token permits. The tools do not read it. */
  readonly scopes: string[];
}

/** An MCP server for image tools. */
export interface ImagenMcp {
  /** Creates the server of one connection, or of one HTTP request, for the entries of `@modelcontextprotocol/server`. */
  readonly factory: McpServerFactory;
  /**
   * Returns the handler for streamable HTTP. Check the token, the `Host` and the `Origin` of a request before: the handler does not.
   * @example app.all('/mcp', (c) => mcp.handler()(c.req.raw))
   */
  readonly handler: () => McpFetch;
  /** Ends HTTP requests that still wait. Calls that were sent go on: close the tools to wait for them. */
  readonly close: () => Promise<void>;
}
