/** S21: what a message of the library says to a client of the server. */
import { expect, it } from 'vitest';
import { withoutSecrets } from '../../../src/providers/protocol/input/without-secrets.ts';

it.each([
  ['could not be saved in /srv/store: /srv/store/2026 is a file', 'could not be saved in a file: a file is a file'],
  ['its bytes are in /srv/store/q.bin.', 'its bytes are in a file.'],
  ['/home/ada lovelace/my images/store: no such folder', 'a file: no such folder'],
  ['C:\\Users\\Ada L\\My images\\x.png; look there', 'a file; look there'],
  ['see (~/keys/a.json), then go on', 'see (a file), then go on'],
  ['file:///etc/passwd, twice', 'a file, twice'],
  ['link https://b.example/x.png?sig=1 is refused', 'link a link is refused'],
  ['openai/gpt-image-2 has no ratio 16/9, 4/3 and/or 1:1', 'openai/gpt-image-2 has no ratio 16/9, 4/3 and/or 1:1'],
  ['one line\n    at /srv/app.js', 'one line'],
])('S21: %j has no path and no link', (message, expected) => {
  expect(withoutSecrets(message)).toBe(expected);
});

it('is short, however long the message is', () => {
  for (const part of ['/a ', '/', '\\', '../', 'a /', ' ']) {
    expect(withoutSecrets(part.repeat(100_000)).length).toBeLessThanOrEqual(410);
  }
});
