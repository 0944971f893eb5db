/** Reads the progress messages of the server's WebSocket. Source: GitHub `Comfy-Org/ComfyUI` 0.38.1: `server.py`, `protocol.py`. */
import type * as z from 'zod/mini';
import { type JobRef, type JobWebSocketDefinition, jobWebSocketFeature, type ReadJobUpdate } from '../kit/index.ts';
import { messageSchema } from './wire.ts';

const PREVIEW = 1;
const PREVIEW_WITH_METADATA = 4;
const WORD_BYTES = 4;

export const jobWebSocket: JobWebSocketDefinition<typeof messageSchema> = {
  feature: jobWebSocketFeature,
  toPath: (callId) => `ws?clientId=${callId}`,
  messageSchema,
  toUpdate,
  toUpdateFromBytes,
};

function toUpdate({ type, data }: z.infer<typeof messageSchema>, { id }: JobRef): ReadJobUpdate {
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

/** Layout: a big-endian word with the message type; then a word with the image type, or with the length of the metadata and the metadata; then the image. */
function toUpdateFromBytes(bytes: Uint8Array, { id }: JobRef): ReadJobUpdate {
  if (bytes.length <= 2 * WORD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (view.getUint32(0)) {
    case PREVIEW: // names no job; each call has its own socket
      return { kind: 'partial', bytes: bytes.subarray(2 * WORD_BYTES) };
    case PREVIEW_WITH_METADATA: {
      const start = 2 * WORD_BYTES + view.getUint32(WORD_BYTES);
      // Each call has its own socket; metadata that names a job must name this one.
      const metadata = new TextDecoder().decode(bytes.subarray(2 * WORD_BYTES, start));
      const isThisJob = !metadata.includes('"prompt_id"') || metadata.includes(JSON.stringify(id));
      return isThisJob && start < bytes.length ? { kind: 'partial', bytes: bytes.subarray(start) } : undefined;
    }
    default:
      return undefined;
  }
}
