/** The table of error codes in docs/errors.md. */
import type { ErrorRule } from '../../../src/providers/protocol/index.ts';

export function errorTable(rules: Readonly<Record<string, ErrorRule>>): string {
  const yes = (value: boolean) => (value ? 'yes' : '');
  const rows = Object.entries(rules).map(
    ([code, { meaning, mayRetry, mayFailOver, charged }]) =>
      `| \`${code}\` | ${meaning} | ${yes(mayRetry)} | ${yes(mayFailOver)} | ${charged} |`,
  );
  return ['| Code | Meaning | Retry | Fail over | Charged |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
