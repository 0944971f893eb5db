/** Determines when an image link expires: from the signed link itself, or else from the vendor's documentation. */
import type { ImageLink } from '../../protocol/generation.ts';

/** @param lifetimeMs the documented lifetime of the vendor's links @param now milliseconds since the epoch */
export function toLink(url: string, lifetimeMs: number | undefined, now: number): ImageLink {
  const expires = readSignedExpiry(url) ?? (lifetimeMs === undefined ? undefined : now + lifetimeMs);
  return { url, ...(expires !== undefined && { expiresAt: new Date(expires).toISOString() }) };
}

/** `20261125T120000Z`, the format of AWS and Google. */
const BASIC_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
/** The latest time that is accepted. */
const MAX_TIME = Date.UTC(9999, 11, 31);

/**
 * Reads the query: `X-Amz-Date` and `X-Amz-Expires` (S3, R2), the same of `X-Goog` (Google Cloud Storage), `se` (Azure Blob Storage),
 * `Expires` in seconds since the epoch (CloudFront, older S3).
 */
function readSignedExpiry(url: string): number | undefined {
  if (!URL.canParse(url)) return undefined;
  const query = new URL(url).searchParams;
  const candidates = [
    ...['X-Amz', 'X-Goog'].map(
      (maker) => parseBasicTime(query.get(`${maker}-Date`)) + seconds(query.get(`${maker}-Expires`)),
    ),
    query.has('sig') ? Date.parse(query.get('se') ?? '') : Number.NaN,
    seconds(query.get('Expires')),
  ];
  return candidates.find((time) => time > 0 && time <= MAX_TIME);
}

const parseBasicTime = (text: string | null): number =>
  Date.parse((text ?? '').replace(BASIC_TIME, '$1-$2-$3T$4:$5:$6Z'));

const seconds = (text: string | null): number =>
  text !== null && /^\d{1,12}$/.test(text) ? Number(text) * 1000 : Number.NaN;
