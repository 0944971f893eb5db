/** Serves one client over standard input and output, until the client leaves or a signal arrives. */
import { pipeline } from 'node:stream';
import type { ImagenMcp } from '../../mcp/index.ts';
import { loadStdio } from '../../mcp/node/load-stdio.ts';
import { createWholeLines } from './whole-lines.ts';

/** A larger frame ends the connection. Tools refuse much smaller texts, with an answer that says why. */
const MAX_FRAME_BYTES = 32 * 1024 ** 2;

export type ConnectionEnd = 'closed' | 'signal';

/** Resolves when the client closes its end, or when the signal is aborted. Standard output gets frames of the protocol only. */
export async function serveConnection(
  mcp: Pick<ImagenMcp, 'factory'>,
  { signal, onError }: { readonly signal: AbortSignal; readonly onError: (error: unknown) => void },
): Promise<ConnectionEnd> {
  const { StdioServerTransport, serveStdio } = await loadStdio();
  const { promise: ended, resolve: end } = Promise.withResolvers<ConnectionEnd>();
  const lines = createWholeLines(MAX_FRAME_BYTES);
  // A failure of standard input closes the lines, and with them the connection.
  pipeline(process.stdin, lines, () => undefined);
  const transport = new StdioServerTransport(lines, process.stdout, { maxBufferSize: MAX_FRAME_BYTES });
  const handle = serveStdio(mcp.factory, { transport, onerror: (error) => onError(withoutContent(error)) });
  const { onclose } = transport;
  transport.onclose = () => {
    onclose?.();
    end('closed');
  };
  if (signal.aborted) end('signal');
  signal.addEventListener('abort', () => end('signal'), { once: true });
  const how = await ended;
  await handle.close();
  // Nothing reads it any more, and an open one keeps the process alive.
  process.stdin.unpipe(lines);
  process.stdin.pause();
  return how;
}

/** What a client sent does not belong in a log, and the SDK's own text about it has many lines. */
const withoutContent = (error: Error): Error =>
  error.name === 'ZodError' || error.name === '$ZodError'
    ? new Error('the client sent a line that is no message of the protocol; it was left out')
    : error;
