/** How long a link lives: signed links say it themselves, for others the vendor's word counts. */
import type { ImageLink } from '../../protocol/generation.ts';

/** @param liveMs how long the vendor says its links live, in milliseconds @param now milliseconds since the epoch */
export function toLink(url: string, liveMs: number | undefined, now: number): ImageLink {
  const expires = signedUntil(url) ?? (liveMs === undefined ? undefined : now + liveMs);
  return { url, ...(expires !== undefined && { expiresAt: new Date(expires).toISOString() }) };
}

/** `20261125T120000Z`, as AWS and Google write it. */
const BASIC_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
/** The latest that a date can say. */
const LAST = Date.UTC(9999, 11, 31);

/**
 * Reads the query: `X-Amz-Date` and `X-Amz-Expires` (S3, R2), the same of `X-Goog` (Google Cloud Storage), `se` (Azure Blob Storage),
 * `Expires` in seconds since the epoch (CloudFront, older S3).
 */
function signedUntil(url: string): number | undefined {
  if (!URL.canParse(url)) return undefined;
  const query = new URL(url).searchParams;
  const candidates = [
    ...['X-Amz', 'X-Goog'].map((maker) => begun(query.get(`${maker}-Date`)) + seconds(query.get(`${maker}-Expires`))),
    query.has('sig') ? Date.parse(query.get('se') ?? '') : Number.NaN,
    seconds(query.get('Expires')),
  ];
  return candidates.find((time) => time > 0 && time <= LAST);
}

const begun = (text: string | null): number => Date.parse((text ?? '').replace(BASIC_TIME, '$1-$2-$3T$4:$5:$6Z'));

const seconds = (text: string | null): number =>
  text !== null && /^\d{1,12}$/.test(text) ? Number(text) * 1000 : Number.NaN;
