/** The step `policy`: checks the request against the caller's profile, before any call. */
import { AiImageError } from '../../providers/protocol/index.ts';
import type { Candidate } from '../interfaces/plan.ts';
import type { Profile } from '../interfaces/profile.ts';
import type { ManagerRequest } from '../interfaces/request.ts';

/** The manager's own state of a session. */
export interface SessionState {
  readonly id: string;
  readonly isNamed: boolean;
  images: number;
  /** Images of running calls. They count towards the limit until the call ends. */
  pending: number;
}

const deniedError = ({ profile, provider }: ManagerRequest, message: string, hint: string) =>
  new AiImageError('policy_denied', `profile ${profile} ${message}`, { provider, charged: 'no', hint });

/** @returns the allowed candidates @throws AiImageError `policy_denied` */
export function applyPolicy(
  candidates: readonly Candidate[],
  request: ManagerRequest,
  profile: Profile | undefined,
  session: SessionState | undefined,
): readonly Candidate[] {
  if (profile === undefined) return candidates;
  if (profile.enabled === false) throw deniedError(request, 'is disabled', 'Use another profile.');
  checkSessionLimit(request, profile, session);
  const { allowedProviders } = profile;
  if (allowedProviders === undefined) return candidates;
  const allowed = candidates.filter((each) => allowedProviders.includes(each.provider));
  if (allowed.length > 0) return allowed;
  const requested = candidates.map((each) => each.provider).join(', ');
  throw deniedError(
    request,
    `allows ${allowedProviders.join(', ') || 'no provider'}, and the request is for ${requested}`,
    'Use a provider that the profile allows.',
  );
}

/**
 * Counts the images of a call towards the limit of its session. Check and count happen without an await in between, so that concurrent
 * calls cannot pass the limit together.
 * @returns a function that removes them again; call it when the call has ended
 * @throws AiImageError `policy_denied`
 */
export function reserveSessionSlots(
  request: ManagerRequest,
  profile: Profile | undefined,
  session: SessionState | undefined,
): () => void {
  checkSessionLimit(request, profile, session);
  const { n = 1 } = request;
  if (session) session.pending += n;
  return () => {
    if (session) session.pending -= n;
  };
}

function checkSessionLimit(
  request: ManagerRequest,
  profile: Profile | undefined,
  session: SessionState | undefined,
): void {
  const { maxImagesPerSession } = profile ?? {};
  if (maxImagesPerSession === undefined) return;
  if (session === undefined) {
    throw deniedError(
      request,
      'limits images per session, and the request has no session',
      'Pass a session that session() of the manager returned.',
    );
  }
  const { n = 1 } = request;
  const used = session.images + session.pending;
  if (used + n <= maxImagesPerSession) return;
  const message = `allows ${maxImagesPerSession} images per session: ${used} are used, and the request is for ${n} more`;
  throw deniedError(request, message, 'Start another session, or request fewer images.');
}
