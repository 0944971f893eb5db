/** The call id of a tool call: the same call of a framework has the same one, also in another process. */
import { AiImageError, randomId } from '../../providers/protocol/index.ts';
import { hashText } from '../request/hash-text.ts';
import type { ToolRun } from '../tool-set.ts';

const LENGTH = 40;
/** Shorter ids, such as `call_0`, are used again by every conversation. */
const MIN_UNIQUE_LENGTH = 16;
const MAX_LENGTH = 1_024;

/**
 * @param identity the arguments that make two calls with one id the same call
 * @throws AiImageError `invalid_request`: the id is not a text, or too long
 */
export async function callIdOf(identity: object, { set, tool, context }: ToolRun): Promise<string> {
  const { callId, conversation_id } = context;
  if (callId === undefined || callId === '') return randomId();
  if (typeof callId !== 'string' || callId.length > MAX_LENGTH) {
    throw new AiImageError(
      'invalid_request',
      `the callId of the call must be a text of at most ${MAX_LENGTH} characters`,
      {
        charged: 'no',
      },
    );
  }
  const isUnique = callId.length >= MIN_UNIQUE_LENGTH || typeof conversation_id === 'string';
  const scope = typeof conversation_id === 'string' ? conversation_id : isUnique ? '' : set.id;
  return (await hashText(canonicalText([tool, callId, scope, identity]))).slice(0, LENGTH);
}

/** JSON with sorted names, without fields that are undefined. */
const canonicalText = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
