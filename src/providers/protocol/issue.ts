/** What is wrong with a value, in words: the same for requests, settings and files. */

/** What zod says about one wrong value. The small build of zod brings no sentences, so they are made here of these facts. */
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

/** What zod says when it knows nothing to say. */
export const SPEECHLESS = 'Invalid input';

/** Begins with `must`, `is` or `has`. */
export function sentence(issue: Issue): string {
  const message = issue.message === SPEECHLESS || issue.message === '' ? spoken(issue) : issue.message;
  return /^(must|is|has)\b/.test(message) ? message : `is wrong: ${message}`;
}

function spoken({ code, expected, origin, minimum, maximum, inclusive = true, values }: Issue): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
  const verb = unit === '' ? 'be' : 'have';
  switch (code) {
    case 'invalid_type':
      return `must be ${expected === 'int' ? 'a whole number' : withArticle(expected ?? 'something else')}`;
    case 'too_small':
      return `must ${verb} ${inclusive ? 'at least' : 'more than'} ${minimum}${unit}`;
    case 'too_big':
      return `must ${verb} ${inclusive ? 'at most' : 'less than'} ${maximum}${unit}`;
    case 'invalid_value':
      return `must be ${values?.length === 1 ? '' : 'one of '}${values?.map(String).join(', ')}`;
    case 'invalid_format':
      return 'must be written in another way';
    default:
      return 'is of a kind that is not taken here';
  }
}

function withArticle(noun: string): string {
  return `${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}
