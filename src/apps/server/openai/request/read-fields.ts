/** Reads the fields of a request: a pure function of its body. */
import { quoteName } from '../../../../providers/protocol/input/hide-keys.ts';
import { suggest } from '../../../../providers/protocol/input/suggest.ts';
import { HttpFault } from '../../http/http-fault.ts';
import { type AnswerForm, FIELD_RULES, type FieldEffect, type ImageOperation } from './field-rules.ts';

export interface ReadRequest extends Required<Pick<FieldEffect, 'request' | 'vendorOptions' | 'metadata'>> {
  readonly model: string | undefined;
  readonly answer: AnswerForm;
  /** What was ignored, and why. */
  readonly warnings: readonly string[];
}

const DEFAULT_ANSWER: AnswerForm = { isStream: false, partialImages: 0, as: 'b64_json' };
/** As many unknown fields are named. */
const MAX_NAMED = 20;

/**
 * @param fields of the body. `null` and the empty text count as absent
 * @throws HttpFault 400 with the name of the field
 */
export function readFields(fields: Readonly<Record<string, unknown>>, operation: ImageOperation): ReadRequest {
  const given = Object.entries(fields).filter(([name, value]) => isGiven(name, value));
  const known = given.filter(([name]) => Object.hasOwn(FIELD_RULES, name));
  const unknown = given.filter(([name]) => !Object.hasOwn(FIELD_RULES, name)).map(([name]) => name);
  const effects = known.flatMap(([name, value]) => FIELD_RULES[name]?.read(value, name, operation) ?? []);
  if (operation === 'generate' && !given.some(([name]) => name === 'prompt')) {
    const near = unknown.find((name) => suggest(name, ['prompt']) !== undefined);
    const hint = near === undefined ? '' : ` The request has the field ${quoteName(near)}.`;
    throw new HttpFault(400, 'missing_prompt', `prompt is missing. Send what to generate.${hint}`, { param: 'prompt' });
  }
  const answer: AnswerForm = Object.assign({ ...DEFAULT_ANSWER }, ...effects.map((effect) => effect.answer));
  const isUnused = !answer.isStream && answer.partialImages > 0;
  return {
    request: Object.assign({}, ...effects.map((effect) => effect.request)),
    vendorOptions: Object.assign({}, ...effects.map((effect) => effect.vendorOptions)),
    metadata: Object.assign({}, ...effects.map((effect) => effect.metadata)),
    model: effects.find((effect) => effect.model !== undefined)?.model,
    answer: isUnused ? { ...answer, partialImages: 0 } : answer,
    warnings: [
      ...effects.flatMap(({ warning }) => warning ?? []),
      ...(answer.isStream && answer.as === 'url'
        ? ['response_format: a stream has the bytes of its images, no links.']
        : []),
      ...(isUnused ? ['partial_images applies to streams only and was ignored.'] : []),
      ...unknown.slice(0, MAX_NAMED).map((name) => `The unknown field ${quoteName(name)} was ignored.`),
    ],
  };
}

/** Forms hold the empty text where a user left a field empty. A blank prompt is a mistake. */
const isGiven = (name: string, value: unknown): boolean =>
  value !== undefined && value !== null && (value !== '' || name === 'prompt');
