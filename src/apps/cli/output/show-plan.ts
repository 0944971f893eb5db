/** What would happen, and what it would cost: nothing is sent for it. */
import type { ManagerPlan } from '../../../index.ts';
import type { Exit } from '../exit-codes.ts';
import { dollars } from './table.ts';
import type { Terminal } from './terminal.ts';

/** @returns `usage` where nobody could do it */
export function showPlan({ candidates, refused }: ManagerPlan, isJson: boolean, terminal: Terminal): Exit {
  if (isJson) terminal.document({ candidates, refused });
  else for (const line of planLines({ candidates, refused })) terminal.result(line);
  return candidates.length > 0 ? 'done' : 'usage';
}

function planLines({ candidates, refused }: ManagerPlan): readonly string[] {
  return [
    ...candidates.flatMap(({ provider, model, plan, composed, reasons }) => [
      `${provider} ${model}: ${priceOf(plan.price.usd)}${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`,
      `  prompt: ${composed.prompt}`,
      ...composed.notes.map((note) => `  note: ${note}`),
      ...plan.adaptations.map(({ message }) => `  changed: ${message}`),
      ...plan.requests.flatMap(({ method, url, body }) => [
        `  ${method} ${url}`,
        ...(body === undefined ? [] : [`  ${JSON.stringify(body)}`]),
      ]),
    ]),
    ...refused.flatMap(({ provider, plan }) =>
      plan.refusals.map(
        ({ message, hint }) => `${provider} refuses: ${message}${hint === undefined ? '' : ` ${hint}`}`,
      ),
    ),
  ];
}

export function priceOf(usd: number | undefined): string {
  return usd === undefined ? 'price unknown' : `about ${dollars(usd)}`;
}
