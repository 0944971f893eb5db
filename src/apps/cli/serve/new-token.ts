/** `imagen serve --new-token`: makes a token, and the lines of the configuration that accept it. */
import { containsKey, quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import type { Exit } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal/terminal.ts';
import { UsageError } from '../usage-error.ts';
import { hashOf, makeToken } from './serve-tokens.ts';

/** The token goes to standard output and is not stored anywhere. The configuration gets its hash. @throws UsageError */
export function newToken(name: string, { json }: { readonly json?: boolean }, terminal: Terminal): Exit {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) || containsKey(name)) {
    throw new UsageError(
      `invalid --new-token ${quoteName(name, 64)}`,
      'Use a name of at most 64 letters, digits, "-", "_" and ".", for example --new-token ada.',
    );
  }
  const token = makeToken();
  const sha256 = hashOf(token);
  if (json) {
    terminal.document({ name, token, sha256 });
    return 'done';
  }
  terminal.result(token);
  terminal.notice('the token is shown only now. Add its hash to the configuration:');
  for (const line of [
    'serve:',
    '  tokens:',
    `    - name: ${/^\d/.test(name) ? `"${name}"` : name}`,
    `      sha256: ${sha256}`,
  ])
    terminal.log(line);
  return 'done';
}
