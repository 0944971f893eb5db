/** Describes validation issues, with the same words for requests, settings and files. */

/** One issue reported by zod. `zod/mini` has no messages, so `describeIssue` writes them. */
export interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly origin?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly inclusive?: boolean;
  readonly values?: readonly unknown[];
  readonly keys?: readonly string[];
}

/** The message that `zod/mini` gives every issue without a message of its own. */
const DEFAULT_ZOD_MESSAGE = 'Invalid input';

/**
 * Whether a schema of ours has written the message. An app that loads the large build of zod, as the SDKs of MCP and of AI have it, gives
 * every other issue a message too: zod keeps its configuration in a global variable.
 */
export const hasOwnMessage = ({ code, message }: Issue): boolean =>
  /^(?:must|is|has|needs) /.test(message) || (code === 'custom' && message !== DEFAULT_ZOD_MESSAGE && message !== '');

/** @returns a phrase that begins with `must`, `is` or `has` */
export function describeIssue(issue: Issue): string {
  const message = hasOwnMessage(issue) ? issue.message : describeCode(issue);
  return /^(must|is|has)\b/.test(message) ? message : `is invalid: ${message}`;
}

function describeCode({ code, expected, origin, minimum, maximum, inclusive = true, values }: Issue): string {
  const count = (limit: number | undefined) => `${limit}${unitOf(origin, limit)}`;
  const verb = unitOf(origin, 0) === '' ? 'be' : 'have';
  switch (code) {
    case 'invalid_type':
      return `must be ${expected === undefined ? 'something else' : withArticle(KINDS[expected] ?? expected)}`;
    case 'too_small':
      return `must ${verb} ${inclusive ? 'at least' : 'more than'} ${count(minimum)}`;
    case 'too_big':
      return `must ${verb} ${inclusive ? 'at most' : 'less than'} ${count(maximum)}`;
    case 'invalid_value':
      return `must be ${values?.length === 1 ? '' : 'one of '}${values?.map(String).join(', ')}`;
    case 'invalid_format':
      return 'has the wrong format';
    default:
      return 'has a type that is not accepted';
  }
}

function unitOf(origin: string | undefined, count: number | undefined): string {
  if (origin === 'string') return count === 1 ? ' character' : ' characters';
  if (origin === 'array') return count === 1 ? ' entry' : ' entries';
  return '';
}

/** The plain words for kinds that zod names as a programmer does. */
const KINDS: Readonly<Record<string, string>> = { int: 'whole number', record: 'object', array: 'list' };

function withArticle(noun: string): string {
  return `${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}
