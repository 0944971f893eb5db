/** Checks what a framework tells a tool about a call, before anything is sent: a wrong value would be noticed only while the tool waits. */
import { AiImageError } from '../providers/protocol/index.ts';
import { describeKind } from '../providers/protocol/input/hide-keys.ts';
import type { ToolCallContext } from './image-tools.ts';

const TEXTS = ['conversation_id', 'persona', 'user', 'trace_id'] as const;

/** Fields that hosts spell in other ways. Without its `callId`, a repeated call would be paid again. */
const OTHER_SPELLINGS = {
  callId: ['call_id', 'callID', 'toolCallId', 'tool_call_id', 'tool_use_id'],
  conversation_id: ['conversationId', 'conversationID'],
} as const;

/** Further fields are the host's own. @throws AiImageError `invalid_request` */
export function checkContext(context: ToolCallContext): ToolCallContext {
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    throw contextError('the context of the call must be an object');
  }
  for (const name of ['callId', 'conversation_id'] as const) {
    const other = OTHER_SPELLINGS[name].find((spelling) => Object.hasOwn(context, spelling));
    if (other !== undefined && !Object.hasOwn(context, name)) {
      throw contextError(`the context of the call has the field ${other}, which must be named ${name}`);
    }
  }
  const { signal, onProgress } = context;
  const hasListeners = typeof (signal as Partial<AbortSignal> | undefined | null)?.addEventListener === 'function';
  if (isGiven(signal) && !hasListeners) throw fieldError('signal', 'an AbortSignal', signal);
  if (isGiven(onProgress) && typeof onProgress !== 'function') throw fieldError('onProgress', 'a function', onProgress);
  const wrong = TEXTS.find((name) => isGiven(context[name]) && typeof context[name] !== 'string');
  if (wrong !== undefined) throw fieldError(wrong, 'a text', context[wrong]);
  return context;
}

/** Hosts without types pass `null` for what they do not have. */
const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

const fieldError = (name: keyof ToolCallContext, kind: string, value: unknown): AiImageError =>
  contextError(`${name} in the context of the call must be ${kind}, not ${describeKind(value)}`);

const contextError = (message: string): AiImageError => new AiImageError('invalid_request', message, { charged: 'no' });
