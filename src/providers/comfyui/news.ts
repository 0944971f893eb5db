/** What the server tells on its WebSocket. Source: GitHub `Comfy-Org/ComfyUI` 0.38.1: `server.py`, `protocol.py`. */
import type * as z from 'zod/mini';
import type { JobRef, LineDefinition, ReadNews } from '../kit/index.ts';
import { messageSchema } from './wire.ts';

const PREVIEW = 1;
const PREVIEW_WITH_METADATA = 4;
const WORD = 4;

export const line: LineDefinition<typeof messageSchema> = {
  toPath: (callId) => `ws?clientId=${callId}`,
  messageSchema,
  toNews,
  toNewsOfBytes,
};

function toNews({ type, data }: z.infer<typeof messageSchema>, { id }: JobRef): ReadNews {
  if (data.prompt_id !== id) return undefined;
  switch (type) {
    case 'execution_start':
      return { kind: 'running', fraction: 0 };
    case 'progress': {
      const { value, max } = data;
      return value == null || !max ? undefined : { kind: 'running', fraction: Math.min(value / max, 1) };
    }
    case 'executing':
      return data.node == null ? { kind: 'over' } : { kind: 'running', message: `node ${data.node}` };
    case 'execution_success':
    case 'execution_error':
    case 'execution_interrupted':
      return { kind: 'over' };
    default:
      return undefined;
  }
}

/** Big-endian words before the picture: which kind of message, then the picture's kind, or the length of the words about it and those. */
function toNewsOfBytes(bytes: Uint8Array, { id }: JobRef): ReadNews {
  if (bytes.length <= 2 * WORD) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (view.getUint32(0)) {
    case PREVIEW: // names no job: the line is that of one call
      return { kind: 'partial', bytes: bytes.subarray(2 * WORD) };
    case PREVIEW_WITH_METADATA: {
      const start = 2 * WORD + view.getUint32(WORD);
      // Of another job of ours there is none on this line; where the words name one, it has to be this.
      const words = new TextDecoder().decode(bytes.subarray(2 * WORD, start));
      const isOurs = !words.includes('"prompt_id"') || words.includes(JSON.stringify(id));
      return isOurs && start < bytes.length ? { kind: 'partial', bytes: bytes.subarray(start) } : undefined;
    }
    default:
      return undefined;
  }
}
