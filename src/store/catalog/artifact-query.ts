/** Search queries, and their SQL conditions. */
import { AiImageError } from '../../providers/protocol/errors.ts';
import { quoteName } from '../../providers/protocol/input/hide-keys.ts';
import type { SqlValue } from '../sql/sql.ts';
import type { ArtifactSummary } from './artifact-rows.ts';
import { containing } from './like-pattern.ts';

export interface ArtifactQuery {
  /** The beginning of the id. */
  readonly id?: string;
  /** Words that must all occur in prompt, model, provider or tags, in any order. At most 64. */
  readonly text?: string;
  /** The provider's name in the settings. */
  readonly provider?: string;
  /** The vendor's model id. */
  readonly model?: string;
  /** One of the image's tags. */
  readonly tag?: string;
  /** Images saved at or after this time. ISO 8601 or a date. */
  readonly since?: string;
  /** Images made from the image with this id. */
  readonly parent?: string;
  /** Images of the call with this id. */
  readonly call?: string;
  /** `true`: only images marked as kept. `false`: all images except rejected ones. */
  readonly kept?: boolean;
  /** Maximum number of images. @default 100 */
  readonly limit?: number;
  /** For the next page: `createdAt` and `id` of the last image of this page. */
  readonly after?: Pick<ArtifactSummary, 'createdAt' | 'id'>;
}

export const DEFAULT_LIMIT = 100;
const MAX_WORDS = 64;
/** Comes after every character of an id. A range of ids is found by the primary key. */
const LAST_CHARACTER = '\u{10FFFF}';

/** @throws AiImageError `invalid_request` */
export function toConditions(
  query: ArtifactQuery,
  after: ArtifactQuery['after'],
): { readonly where: string; readonly values: readonly SqlValue[] } {
  const words = (query.text ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length > MAX_WORDS) throw invalidQueryError(`text has ${words.length} words; the maximum is ${MAX_WORDS}`);
  const all: readonly (readonly [condition: string, ...values: SqlValue[]])[] = [
    ...words.map((word) => ["words LIKE ? ESCAPE '~'", containing(word)] as const),
    ...(query.id === undefined ? [] : [['id >= ? AND id < ?', query.id, query.id + LAST_CHARACTER] as const]),
    ...(query.provider === undefined ? [] : [['provider = ?', query.provider] as const]),
    ...(query.model === undefined ? [] : [['model = ?', query.model] as const]),
    ...(query.tag === undefined ? [] : [['id IN (SELECT artifact FROM tags WHERE tag = ?)', query.tag] as const]),
    ...(query.since === undefined ? [] : [['created_at >= ?', toTime(query.since)] as const]),
    ...(query.parent === undefined
      ? []
      : [['id IN (SELECT child FROM parents WHERE parent = ?)', query.parent] as const]),
    ...(query.call === undefined ? [] : [['call = ?', query.call] as const]),
    ...(query.kept === true ? [["selection = 'kept'"] as const] : []),
    ...(query.kept === false ? [["(selection IS NULL OR selection = 'kept')"] as const] : []),
    ...(after === undefined ? [] : [['(created_at, id) < (?, ?)', after.createdAt, after.id] as const]),
  ];
  if (all.length === 0) return { where: '', values: [] };
  return {
    where: ` WHERE ${all.map(([condition]) => condition).join(' AND ')}`,
    values: all.flatMap(([, ...values]) => values),
  };
}

/** A date, or a time with or without a zone (ISO 8601). `Date.parse` alone accepts almost every text with a digit. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** Converts a date or a time of any time zone to the form used in sidecars. @throws AiImageError `invalid_request` */
export function toTime(since: string): string {
  const [text, day] = (typeof since === 'string' && TIME.exec(since)) || [];
  const time = text === undefined ? Number.NaN : Date.parse(text);
  if (day === undefined || Number.isNaN(time) || !isDay(day)) {
    throw invalidQueryError(`since must be a date or a time such as 2026-11-01, not ${quoteName(String(since), 40)}`);
  }
  return new Date(time).toISOString();
}

/** `Date.parse` takes February 31 for March 3. */
const isDay = (day: string): boolean => {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
};

export function invalidQueryError(message: string): AiImageError {
  return new AiImageError('invalid_request', `store: ${message}`, {
    charged: 'no',
    hint: "For example store.search({ text: 'red fox', since: '2026-11-01', limit: 20 }).",
  });
}
