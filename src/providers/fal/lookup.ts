/** What a model without a card takes: its own published schema says. Source: OpenAPI document of api.fal.ai/v1 (2026-08-21). */
import { get, type LookupDefinition, modelPath } from '../kit/index.ts';
import { type FalArgs, inputOf } from './input.ts';
import { inputsOf } from './inputs.ts';
import { catalogueSchema, type Options } from './wire.ts';

export const lookup: LookupDefinition<typeof catalogueSchema, Options, FalArgs> = {
  toRequest: ({ model, settings: { catalogueUrl } }) => {
    modelPath(model); // what cannot be submitted is not looked up
    return inputsOf(model) === undefined
      ? { ...get(`${catalogueUrl}/models`), query: { endpoint_id: model, expand: 'openapi-3.0' } }
      : undefined;
  },
  answerSchema: catalogueSchema,
  toOptions: ({ models }, args) => {
    const { model, options } = args;
    const refuse = (field: string, message: string, hint: string) => ({
      refusal: { code: 'invalid_request' as const, field, message: `fal: ${message}`, hint },
    });
    const entry = models.find(({ endpoint_id: id }) => id === model);
    if (entry === undefined)
      return refuse('model', `there is no model ${model.slice(0, 80)}`, 'Look it up at fal.ai/models.');
    const fields = fieldsOf(entry.openapi?.components?.schemas ?? {});
    const stranger =
      fields &&
      Object.entries(inputOf(args)).find(([name, value]) => value !== undefined && !fields.includes(name))?.[0];
    return stranger === undefined || fields === undefined
      ? options
      : refuse('options.input', `${model} has no input ${stranger}`, `It has ${fields.join(', ')}.`);
  },
};

/** The properties of the schema that is the model's input. @returns `undefined` when there is none to be found */
function fieldsOf(schemas: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const [, input] = Object.entries(schemas).find(([name]) => name.endsWith('Input')) ?? [];
  const { properties } = (typeof input === 'object' && input !== null ? input : {}) as { properties?: unknown };
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : undefined;
}
