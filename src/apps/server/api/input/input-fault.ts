/** Says what is wrong with a field of a request, in the words of the request. */
import type * as z from 'zod/mini';
import { quoteName } from '../../../../providers/protocol/input/hide-keys.ts';
import { describeIssue, type Issue } from '../../../../providers/protocol/input/issue.ts';
import { unknownKeyHint } from '../../../../providers/protocol/input/unknown-key.ts';
import { HttpFault } from '../../http/http-fault.ts';

/** Fields of the other routes, which clients send to the wrong one. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  inputImages: 'Send a request with input images to POST /api/edit.',
  mask: 'Send a request with a mask to POST /api/edit.',
  operation: 'Send a request with an operation to POST /api/edit.',
  profile: 'The profile belongs to the token: the settings of the server name it.',
  session: 'The server gives each request a session of its own.',
};

/**
 * @param issues what the schema reports
 * @param known the fields that this part of the request may have
 * @param part where the fields are: `field` of a body, `query parameter`
 */
export function inputFault(issues: readonly z.core.$ZodIssue[], known: readonly string[], part: string): HttpFault {
  // A schema that failed reports at least one issue. Its fields are those of all kinds of issues.
  const all = issues as readonly unknown[] as readonly Issue[];
  // A misspelled field is also a missing one: its own name says more.
  const issue = all.find(({ code, path }) => code === 'unrecognized_keys' && path.length === 0) ?? (all[0] as Issue);
  const [unknown] = issue.keys ?? [];
  if (issue.code === 'unrecognized_keys' && unknown !== undefined) {
    const path = [...issue.path, unknown];
    const hint = issue.path.length > 0 ? 'Remove it.' : hintFor(unknown, known, part);
    return fieldFault(nameOf(path), `There is no ${part} ${quoteName(unknown)}. ${hint}`);
  }
  const param = nameOf(issue.path);
  if (param === '') return new HttpFault(400, 'invalid_request', `The body ${describeIssue(issue)}.`);
  return fieldFault(param, `\`${param}\` ${describeIssue(issue)}.`);
}

/** A client may send the name of a method that every object has, e.g. `toString`. */
const hintFor = (unknown: string, known: readonly string[], part: string): string =>
  (Object.hasOwn(ELSEWHERE, unknown) && ELSEWHERE[unknown]) ||
  (known.length === 0 ? 'Remove it.' : unknownKeyHint(unknown, known, `${part}s`));

/** A fault of one field. @param param the field as the client sent it */
export const fieldFault = (param: string, message: string): HttpFault =>
  new HttpFault(400, 'invalid_request', message, { param });

/** Writes a path as JavaScript does: `ids[0]`. */
function nameOf(path: readonly PropertyKey[]): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at > 0 ? '.' : ''}${String(key)}`)).join('');
}
