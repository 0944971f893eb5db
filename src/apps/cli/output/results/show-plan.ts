/** Prints what `--plan` found: requests and prices. Sends nothing. */
import type { ManagerPlan } from '../../../../index.ts';
import type { Exit } from '../../exit-codes.ts';
import { toCommandText } from '../errors/to-command-text.ts';
import { dollars } from '../tables/align-columns.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** @returns `usage` when no provider can do it */
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
      ...plan.adaptations.map(({ message }) => `  changed: ${toCommandText(message)}`),
      ...plan.requests.flatMap(({ method, url, body }) => [
        `  ${method} ${url}`,
        ...(body === undefined ? [] : [`  ${JSON.stringify(body)}`]),
      ]),
    ]),
    ...refused.flatMap(({ provider, plan }) =>
      plan.refusals.map(({ message, hint }) =>
        toCommandText(`${provider} refuses: ${message}${hint === undefined ? '' : `. ${hint}`}`),
      ),
    ),
  ];
}

export function priceOf(usd: number | undefined): string {
  return usd === undefined ? 'price unknown' : `about ${dollars(usd)}`;
}
