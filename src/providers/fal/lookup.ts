/** Asks fal which inputs a model without a card takes. Source: OpenAPI document of api.fal.ai/v1 (2026-08-21). */
import { propertyNames, unknownInput } from '../kit/families/model-inputs.ts';
import { get, type LookupDefinition, lookupFeature, modelPath } from '../kit/index.ts';
import { inputsOf } from './model-inputs.ts';
import { type FalArgs, inputOf } from './requests.ts';
import { catalogueSchema, type FalOptions } from './wire.ts';

export const lookup: LookupDefinition<typeof catalogueSchema, FalOptions, FalArgs> = {
  feature: lookupFeature,
  toRequest: ({ model, settings: { catalogueUrl } }) => {
    modelPath(model); // throws for an id that could not be submitted either
    return inputsOf(model) === undefined
      ? { ...get(`${catalogueUrl}/models`), query: { endpoint_id: model, expand: 'openapi-3.0' } }
      : undefined;
  },
  responseSchema: catalogueSchema,
  toOptions: ({ models }, args) => {
    const { model, options } = args;
    const refuse = (field: string, message: string, hint: string) => ({
      refusal: { code: 'invalid_request' as const, field, message: `fal: ${message}`, hint },
    });
    const entry = models.find(({ endpoint_id: id }) => id === model);
    if (entry === undefined)
      return refuse('model', `there is no model ${model.slice(0, 80)}`, 'Look it up at fal.ai/models.');
    const fields = inputFields(entry.openapi?.components?.schemas ?? {});
    const unknown = unknownInput(inputOf(args), fields);
    return unknown === undefined
      ? options
      : refuse('options.input', `${model} has no input ${unknown}`, `It has ${fields?.join(', ')}.`);
  },
};

/** Returns the fields of the schema whose name ends in `Input`; `undefined` when there is none. */
function inputFields(schemas: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const [, input] = Object.entries(schemas).find(([name]) => name.endsWith('Input')) ?? [];
  return propertyNames(input);
}
