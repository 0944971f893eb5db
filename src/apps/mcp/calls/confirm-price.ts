/** Asks the user of the client to agree to a price. Nothing is sent to a vendor before the answer. */
import type { ClientCapabilities, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import type { ToolFailure, ToolResult } from '../../../tool/index.ts';
import type { Sdk } from '../load-sdk.ts';

/** What the client sends back with the answer of its user. It is signed, so that neither call nor price can be changed. */
export interface PriceQuestion {
  /** The call id. The call after the answer has the same. */
  readonly callId: string;
  /** US dollars. */
  readonly usd: number;
  /** The hash of the tool and its arguments. */
  readonly hash: string;
}

export type PriceAnswer = 'none' | 'accepted' | 'declined';

const ANSWER = 'price';
/** Characters of the prompt in the question. */
const MAX_PROMPT_LENGTH = 200;

export interface PriceToConfirm {
  /** US dollars. */
  readonly usd: number;
  /** Whether it is the expected price. Otherwise the price is not known, and the call counts as this amount. */
  readonly isKnown: boolean;
}

/** @returns `undefined`: the result is not about a price */
export function priceToConfirm(result: ToolResult): PriceToConfirm | undefined {
  if (result.success || result.data.code !== 'confirmation_required') return undefined;
  const { estimated_usd: expected, confirm_cost_usd: usd = expected } = result.data;
  return typeof usd === 'number' ? { usd, isKnown: typeof expected === 'number' } : undefined;
}

/** Whether the client can show a form to its user. */
export const canAsk = (capabilities: Pick<ClientCapabilities, 'elicitation'> | undefined): boolean => {
  const elicitation = capabilities?.elicitation;
  // A client that says nothing more can show forms; one that names only links cannot.
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
};

export function askForPrice(
  sdk: Sdk,
  { usd, isKnown }: PriceToConfirm,
  prompt: unknown,
  requestState: string,
): InputRequiredResult {
  const amount = `$${toAmount(usd)}`;
  const price = isKnown
    ? `This call costs about ${amount}.`
    : `The price of this call is not known. It counts as ${amount}.`;
  const about = typeof prompt === 'string' ? ` The prompt begins: ${toQuote(prompt)}` : '';
  return sdk.inputRequired({
    requestState,
    inputRequests: {
      [ANSWER]: sdk.inputRequired.elicit({
        message: `${price} Nothing has been sent yet.${about}`,
        requestedSchema: {
          type: 'object',
          properties: {
            agree: { type: 'boolean', title: `Spend about ${amount}`, description: 'Generate the images.' },
          },
          required: ['agree'],
        },
      }),
    },
  });
}

export function readPriceAnswer(sdk: Sdk, { mcpReq }: Pick<ServerContext, 'mcpReq'>): PriceAnswer {
  const answer = sdk.inputResponse(mcpReq.inputResponses, ANSWER);
  if (answer.kind !== 'elicit') return 'none';
  return answer.action === 'accept' && answer.content?.agree === true ? 'accepted' : 'declined';
}

export const declined = (): ToolFailure => ({
  success: false,
  error: 'The user did not agree to the price. Nothing was sent. Do not repeat the call unless the user asks for it.',
  data: { code: 'aborted', charged: 'no', job_id: null, retry: false },
});

const toAmount = (usd: number): string => usd.toFixed(usd < 0.1 ? 4 : 2);

/** Without line breaks and control characters, by which a prompt could look like the end of the question. */
function toQuote(prompt: string): string {
  const line = prompt
    .slice(0, 2 * MAX_PROMPT_LENGTH)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return JSON.stringify(line.length > MAX_PROMPT_LENGTH ? `${line.slice(0, MAX_PROMPT_LENGTH)}…` : line);
}
