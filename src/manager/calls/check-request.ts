/** Checks the fields of a request that only a manager understands. Providers check the others when they plan. */
import { AiImageError } from '../../providers/protocol/index.ts';
import {
  findInherited,
  inheritedFault,
  isFieldObject,
  wholeFault,
} from '../../providers/protocol/input/check-fields.ts';
import { hideRandomWords } from '../../providers/protocol/input/hide-keys.ts';
import { REQUEST_KEYS } from '../../providers/protocol/input/misplaced-key.ts';
import { findUnwritable, OPTIONS_HINT } from '../../providers/protocol/shared/find-unwritable.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { PLACEHOLDER } from '../steps/compose.ts';

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isTextList = (value: unknown) => Array.isArray(value) && value.every(isText);
const RULES: Readonly<Record<string, readonly [isValid: (value: unknown) => boolean, rule: string, hint: string]>> = {
  provider: [isText, 'must be the name of a provider', "Pass for example provider: 'openai', or leave it out."],
  profile: [isText, 'must be the name of a profile', 'Pass a name from the profiles of the manager, or leave it out.'],
  variation: [(value) => typeof value === 'string', 'must be a text', "Pass for example variation: 'red'."],
  output: [
    (value) => value === 'bytes' || value === 'url',
    "must be 'bytes' or 'url'",
    "Leave it out to use the default, 'bytes'.",
  ],
  parents: [isTextList, 'must be a list of ids', 'Pass the ids of stored images, for example parents: [artifact.id].'],
  fallback: [
    isTextList,
    'must be a list of providers, each with or without a model',
    "Pass for example fallback: ['openai', 'fal/fal-ai/flux/dev'].",
  ],
};

/** @throws AiImageError `invalid_request` */
export function checkRequest(request: ManagerRequest): void {
  const fault = isFieldObject(request) ? undefined : wholeFault(request, 'the request');
  if (fault) throw new AiImageError('invalid_request', fault.what, { hint: 'Pass the request: generate({ prompt }).' });
  const inherited = findInherited(request, [...REQUEST_KEYS, ...Object.keys(RULES), 'session']);
  if (inherited !== undefined) {
    const { what, hint } = inheritedFault(`request.${hideRandomWords(inherited)}`, 'the request');
    throw new AiImageError('invalid_request', what, { field: hideRandomWords(inherited), hint });
  }
  const given: Readonly<Record<string, unknown>> = { ...request };
  for (const [name, [isValid, rule, hint]] of Object.entries(RULES)) {
    if (given[name] === undefined || isValid(given[name])) continue;
    throw new AiImageError('invalid_request', `request.${name} ${rule}`, { field: name, hint });
  }
}

/**
 * Refuses a variation that the prompt has no place for, and a place that nothing fills: the vendor would be paid for the wrong image.
 * @throws AiImageError `invalid_request`
 */
export function checkVariation({ prompt = '', variation }: Pick<ManagerRequest, 'prompt' | 'variation'>): void {
  const hasPlaceholder = prompt.includes(PLACEHOLDER);
  if (hasPlaceholder === (variation !== undefined)) return;
  throw hasPlaceholder
    ? new AiImageError(
        'invalid_request',
        `request.prompt has ${PLACEHOLDER}, and there is no variation to replace it`,
        {
          field: 'prompt',
          hint: `Pass for example variation: 'red', or remove ${PLACEHOLDER} from the prompt.`,
        },
      )
    : new AiImageError('invalid_request', `there is a variation, but the prompt has no ${PLACEHOLDER}`, {
        field: 'variation',
        hint: `Put ${PLACEHOLDER} into the prompt, for example 'a ${PLACEHOLDER} fox'.`,
      });
}

const IMAGE_HINT = 'Pass the bytes of an image (Uint8Array), an https: link or a data:image/ link.';
/** The fields that can contain other objects, and the hint for each. */
const NESTED: Readonly<Record<string, string>> = {
  options: OPTIONS_HINT,
  inputImages: IMAGE_HINT,
  mask: IMAGE_HINT,
};

/**
 * Runs before anything copies the request or computes its key. Providers of a host may not check it.
 * @throws AiImageError `invalid_request`
 */
export function checkWritable(request: ManagerRequest): void {
  const given: Readonly<Record<string, unknown>> = { ...request };
  for (const [name, hint] of Object.entries(NESTED)) {
    const found = findUnwritable(given[name], name);
    if (found) {
      throw new AiImageError('invalid_request', `request.${found.field} ${found.rule}`, { field: found.field, hint });
    }
  }
}
