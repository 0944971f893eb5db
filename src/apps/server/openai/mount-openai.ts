/** OpenAI's Images API and a part of its Responses API, with and without `/v1`, and at the addresses of Azure. */
import type { ServerApp, ServerContext } from '../http/server-context.ts';
import { createImagesHandler } from './images-handler.ts';
import { createModelsHandlers, refuseVariations } from './models-handler.ts';
import { createResponsesHandler } from './responses/responses-handler.ts';

/** Paths before `/images/…`. The query `api-version` of Azure's clients is ignored. */
const IMAGE_PREFIXES = ['/v1', '', '/openai/deployments/:model{.+}'];
const MODEL_PREFIXES = ['/v1', ''];

export function mountOpenAi(app: ServerApp, context: ServerContext): void {
  const generate = createImagesHandler(context, 'generate');
  const edit = createImagesHandler(context, 'edit');
  for (const prefix of IMAGE_PREFIXES) {
    app.post(`${prefix}/images/generations`, generate);
    app.post(`${prefix}/images/edits`, edit);
    app.post(`${prefix}/images/variations`, refuseVariations);
  }
  const respond = createResponsesHandler(context);
  for (const prefix of MODEL_PREFIXES) app.post(`${prefix}/responses`, respond);
  const models = createModelsHandlers(context);
  for (const prefix of MODEL_PREFIXES) {
    app.get(`${prefix}/models`, models.list);
    app.get(`${prefix}/models/:id{.+}`, models.get);
  }
}
