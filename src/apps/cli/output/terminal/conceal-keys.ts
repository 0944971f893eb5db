/** Replaces the values of API keys in any text that is printed. */
import { listProviders } from '../../../../index.ts';

/** A shorter key would match ordinary words. */
const MIN_KEY_LENGTH = 4;
/** Shortest value of any other variable whose name looks secret. A value this long, without spaces, is not an ordinary word. */
const MIN_OTHER_SECRET_LENGTH = 16;
const SECRET_NAME = /(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|AUTH)(?:_|$)/;

export function concealKeys(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const own = listProviders().flatMap(({ keyVariables }) => keyVariables);
  const keys = Object.entries(env).flatMap(([name, given]) => {
    const value = given?.trim() ?? '';
    const isOtherSecret = SECRET_NAME.test(name) && value.length >= MIN_OTHER_SECRET_LENGTH && !/[\s/]/.test(value);
    return (own.includes(name) && value.length >= MIN_KEY_LENGTH) || isOtherSecret ? [value] : [];
  });
  // The longest first: replacing a part first would leave the rest readable.
  const spellings = [...new Set(keys.flatMap(spellingsOf))].sort((one, other) => other.length - one.length);
  return (text) => spellings.reduce((clean, spelling) => clean.replaceAll(spelling, '[redacted]'), text);
}

/** Returns the key and the parts of `id:secret`: plain, in JSON, in a URL and in base64. */
function spellingsOf(key: string): readonly string[] {
  return [key, ...key.split(':').filter(({ length }) => length >= MIN_KEY_LENGTH)].flatMap((part) => {
    const base64 = [0, 1, 2].map((offset) => base64Of(part, offset));
    const urlSafe = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
    const short = part.length < 8 ? [] : [...base64, ...urlSafe];
    return [part, JSON.stringify(part).slice(1, -1), encodeURIComponent(part), ...short];
  });
}

/** Returns the base64 characters that depend on the part only, when `offset` bytes come before it and any come after it. */
function base64Of(part: string, offset: number): string {
  const bytes = Buffer.from('\0'.repeat(offset) + part);
  return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
}
