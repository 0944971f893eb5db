/** The manager's own part of a request, checked, with what its profile says filled in. The vendor's part is checked by every plan. */
import { AiImageError } from '../providers/protocol/index.ts';
import type { ManagerRequest, Profile } from './types.ts';

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const OWN: Readonly<Record<string, readonly [isRight: (value: unknown) => boolean, must: string]>> = {
  provider: [isText, 'must be the name of a provider'],
  profile: [isText, 'must be the name of a profile'],
  variation: [(value) => typeof value === 'string', 'must be a text'],
  output: [(value) => value === 'bytes' || value === 'url', "must be 'bytes' or 'url'"],
  parents: [(value) => Array.isArray(value) && value.every(isText), 'must be a list of ids'],
  fallback: [
    (value) => Array.isArray(value) && value.every(isText),
    "must be a list like ['openai', 'fal/fal-ai/flux/dev']",
  ],
};

/** @throws AiImageError `invalid_request` */
export function checkRequest(request: ManagerRequest): void {
  const given: Readonly<Record<string, unknown>> = { ...request };
  for (const [name, [isRight, must]] of Object.entries(OWN)) {
    if (given[name] === undefined || isRight(given[name])) continue;
    throw new AiImageError('invalid_request', `request.${name} ${must}`, { hint: 'See docs/manager.md.' });
  }
}

/** What was not said is as the profile has it; what was said counts. */
export function withDefaults(request: ManagerRequest, profile: Profile | undefined): ManagerRequest {
  const said = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  return { ...profile?.defaults, ...said } as ManagerRequest; // the same fields, some filled in
}
