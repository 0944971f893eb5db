/** Describes the last failed attempt, for the record of a call that stays open. */
import type { AiImageError } from '../../providers/protocol/index.ts';
import type { LastAttempt } from '../../store/interfaces.ts';

const MAX_MESSAGE_LENGTH = 200;

/** Links to jobs and results can grant access, so they are redacted. */
const LINK = /\bhttps?:\/\/[^\s'"<>)]+/gi;

/** @param now milliseconds since the epoch */
export const lastAttemptOf = ({ code, message }: AiImageError, now: number): LastAttempt => ({
  at: new Date(now).toISOString(),
  code,
  message: message.replace(LINK, '(link)').slice(0, MAX_MESSAGE_LENGTH),
});
