/** Lists the models that the caller may use. */

import { HttpFault } from '../http/http-fault.ts';
import type { ServerContext, ServerRequest } from '../http/server-context.ts';
import { answerPlainJson } from '../http/text-answer.ts';
import { utcDay } from '../utc-day.ts';
import { listModelIds, type ModelEntry } from './models/list-model-ids.ts';
import { resolveModel } from './models/resolve-model.ts';

export function createModelsHandlers(context: ServerContext) {
  const { manager, settings, now } = context;

  async function contextOf(c: ServerRequest) {
    const today = utcDay(now());
    return { cards: await manager.models(), aliases: settings.aliases, caller: c.get('caller'), today };
  }

  return {
    list: async (c: ServerRequest) => answerPlainJson({ object: 'list', data: listModelIds(await contextOf(c)) }),
    /** @throws HttpFault 404: there is no such model, with a suggestion */
    async get(c: ServerRequest) {
      const id = c.req.param('id') ?? '';
      const models = await contextOf(c);
      const listed = listModelIds(models).find((entry) => entry.id === id);
      return answerPlainJson(listed ?? unlisted(id, resolveModel(id, models).target.provider));
    },
  };
}

/** It can be used, but another provider has it too, or its provider lists no models. */
const unlisted = (id: string, provider: string | undefined): ModelEntry => ({
  id,
  object: 'model',
  created: 0,
  owned_by: provider ?? 'imagen',
});

export function refuseVariations(): never {
  const message =
    'Variations are retired, at OpenAI too. Send the image to /v1/images/edits with a prompt that says what should vary.';
  throw new HttpFault(410, 'model_not_found', message);
}
