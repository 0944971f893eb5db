/** Asks Replicate which inputs a model takes, for listed models too. Source: OpenAPI document of api.replicate.com (2026-03-16). */
import { propertyNames, unknownInput } from '../kit/families/model-inputs.ts';
import { get, type LookupDefinition, lookupFeature, modelPath, modelSegment } from '../kit/index.ts';
import { inputOf, type ReplicateArgs } from './requests.ts';
import { modelSchema, type ReplicateOptions } from './wire.ts';

export const lookup: LookupDefinition<typeof modelSchema, ReplicateOptions, ReplicateArgs> = {
  feature: lookupFeature,
  toRequest: ({ model }) => {
    const [name = '', version] = model.split(':');
    const path = `models/${modelPath(name)}`;
    return get(version === undefined ? path : `${path}/versions/${modelSegment(version)}`);
  },
  responseSchema: modelSchema,
  toOptions: ({ openapi_schema: own, latest_version: latest }, args) => {
    const { model, options } = args;
    const fields = propertyNames((own ?? latest?.openapi_schema)?.components?.schemas?.Input);
    const unknown = unknownInput(inputOf(args), fields);
    if (unknown === undefined) return options;
    const message = `replicate: ${model} has no input ${unknown}`;
    const hint = `It has ${fields?.join(', ')}.`;
    return { refusal: { code: 'unsupported', field: 'options.input', message, hint } };
  },
};
