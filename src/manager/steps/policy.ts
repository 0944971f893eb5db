/** Step 3: what the caller's profile allows. Refused before any call. */
import { AiImageError } from '../../providers/protocol/index.ts';
import type { Candidate, ManagerRequest, Profile } from '../types.ts';

/** A session as the manager keeps it. */
export interface SessionState {
  readonly id: string;
  readonly isNamed: boolean;
  images: number;
  /** Pictures under way; they count until it is known what came. */
  pending: number;
}

type Asked = Pick<ManagerRequest, 'profile' | 'provider' | 'n'>;

const denied = ({ profile, provider }: Asked, message: string, hint: string) =>
  new AiImageError('policy_denied', `profile ${profile}: ${message}`, { provider, charged: 'no', hint });

/** @returns the candidates that are allowed @throws AiImageError `policy_denied` */
export function applyPolicy(
  candidates: readonly Candidate[],
  request: ManagerRequest,
  profile: Profile | undefined,
  session: SessionState | undefined,
): readonly Candidate[] {
  if (profile === undefined) return candidates;
  if (profile.enabled === false) throw denied(request, 'it is switched off', 'Use another profile.');
  checkRoom(request, profile, session);
  const { allowedProviders } = profile;
  if (allowedProviders === undefined) return candidates;
  const allowed = candidates.filter((each) => allowedProviders.includes(each.provider));
  if (allowed.length > 0) return allowed;
  const asked = candidates.map((each) => each.provider).join(', ');
  throw denied(
    request,
    `it allows ${allowedProviders.join(', ') || 'no provider'}, and ${asked} was asked for`,
    'Ask one that is allowed.',
  );
}

/**
 * Takes the places of a call's pictures in its session, in the same turn in which they are counted: of many at once, no two see the same room.
 * @returns gives them back; to be called when it is known what came
 * @throws AiImageError `policy_denied`
 */
export function reserveSessionSlots(
  request: ManagerRequest,
  profile: Profile | undefined,
  session: SessionState | undefined,
): () => void {
  checkRoom(request, profile, session);
  const { n = 1 } = request;
  if (session) session.pending += n;
  return () => {
    if (session) session.pending -= n;
  };
}

function checkRoom(request: ManagerRequest, profile: Profile | undefined, session: SessionState | undefined): void {
  const { maxImagesPerSession: most } = profile ?? {};
  if (most === undefined) return;
  if (session === undefined) {
    throw denied(request, 'it counts by session, and the request names none', 'Pass session: images.session().');
  }
  const { n = 1 } = request;
  const taken = session.images + session.pending;
  if (taken + n <= most) return;
  const hint = 'Begin another session, or ask for fewer.';
  throw denied(request, `${n} more pictures are wanted, ${taken} of ${most} are taken`, hint);
}
