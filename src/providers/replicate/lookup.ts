/** What a model takes: its own published schema says, for listed models too. Source: OpenAPI document of api.replicate.com (2026-03-16). */
import { get, type LookupDefinition, modelPath, modelSegment } from '../kit/index.ts';
import { inputOf, type ReplicateArgs } from './input.ts';
import { modelSchema, type Options } from './wire.ts';

export const lookup: LookupDefinition<typeof modelSchema, Options, ReplicateArgs> = {
  toRequest: ({ model }) => {
    const [name = '', version] = model.split(':');
    const path = `models/${modelPath(name)}`;
    return get(version === undefined ? path : `${path}/versions/${modelSegment(version)}`);
  },
  answerSchema: modelSchema,
  toOptions: ({ openapi_schema: own, latest_version: latest }, args) => {
    const { model, options } = args;
    const fields = fieldsOf((own ?? latest?.openapi_schema)?.components?.schemas ?? {});
    const stranger = Object.entries(inputOf(args)).find(
      ([name, value]) => value !== undefined && fields?.includes(name) === false,
    )?.[0];
    if (stranger === undefined) return options;
    const message = `replicate: ${model} has no input ${stranger}`;
    const hint = `It has ${fields?.join(', ')}.`;
    return { refusal: { code: 'unsupported', field: 'options.input', message, hint } };
  },
};

/** The properties of the schema that is the model's input. @returns `undefined` when there is none to be found */
function fieldsOf(schemas: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const { properties } = (schemas.Input ?? {}) as { readonly properties?: unknown };
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : undefined;
}
