/** What the parts of one server instance share: it serves one connection over stdio, or one HTTP request. */
import type { McpRequestContext, RequestStateCodec } from '@modelcontextprotocol/server';
import type { CallIds } from './calls/call-ids.ts';
import type { PriceQuestion } from './calls/confirm-price.ts';
import type { Sdk } from './load-sdk.ts';
import type { ImagenMcpSettings } from './settings.ts';

export interface McpConnection {
  readonly sdk: Sdk;
  readonly settings: ImagenMcpSettings;
  readonly era: McpRequestContext['era'];
  /** The HTTP request; `undefined` over stdio. */
  readonly request: Request | undefined;
  readonly callIds: CallIds;
  readonly codec: RequestStateCodec<PriceQuestion>;
}
