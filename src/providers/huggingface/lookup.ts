/** Asks the Hub which hosts serve a model, and under which name. Source: npm `@huggingface/inference` 4.13.30. */
import { get, type LookupDefinition, lookupFeature, modelPath } from '../kit/index.ts';
import type { BodyArgs } from './body.ts';
import { check } from './check.ts';
import { hostNameOf } from './hosts.ts';
import { HOSTS, type HostName, type HuggingFaceOptions, isProviderId, mappingSchema } from './wire.ts';

const isHost = (name: string | null | undefined): name is HostName => HOSTS.some((host) => host === name);

export const lookup: LookupDefinition<typeof mappingSchema, HuggingFaceOptions, BodyArgs> = {
  feature: lookupFeature,
  toRequest: (args) => {
    const { model, options, settings } = args;
    const isKnown = options.providerId !== undefined || hostNameOf(args) === 'hf-inference';
    if (settings.endpointUrl !== undefined || isKnown) return undefined;
    return {
      ...get(`${settings.hubUrl}/api/models/${modelPath(model)}`),
      query: { 'expand[]': 'inferenceProviderMapping' },
    };
  },
  responseSchema: mappingSchema,
  toOptions: ({ inferenceProviderMapping: mapping }, args) => {
    const { model, options } = args;
    const task = 'inputs' in args ? 'image-to-image' : 'text-to-image';
    const entries = Array.isArray(mapping)
      ? mapping
      : Object.entries(mapping ?? {}).map(([provider, entry]) => ({ ...entry, provider }));
    const serving = entries.filter((entry) => entry.status === 'live' && entry.task === task && isHost(entry.provider));
    const wanted = hostNameOf(args);
    const found = wanted === 'auto' ? serving[0] : serving.find(({ provider }) => provider === wanted);
    const { provider, providerId } = found ?? {};
    if (!isHost(provider) || providerId === undefined || !isProviderId(providerId)) {
      const others = serving.map((entry) => entry.provider).join(', ');
      const message = `${wanted === 'auto' ? 'no host' : wanted} serves ${model} for ${task}`;
      const hint =
        others === ''
          ? 'Choose a model that a host serves; model pages on huggingface.co list the hosts.'
          : `Served by ${others}.`;
      return { refusal: { code: 'invalid_request', field: 'model', message: `huggingface: ${message}`, hint } };
    }
    const weights = found?.adapter === 'lora' ? (found.adapterWeightsPath ?? undefined) : undefined;
    const known = { ...options, provider, providerId, ...(weights !== undefined && { adapterWeightsPath: weights }) };
    const [refusal] = check({ ...args, options: known });
    return refusal === undefined ? known : { refusal: { code: 'invalid_request', ...refusal } };
  },
};
