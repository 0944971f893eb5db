/** Keys of the environment never reach a screen or a file of results, whatever they came in with. */
import { listProviders } from '../../../index.ts';

/** A shorter key would black out ordinary words. */
const MIN_KEY = 4;
/** Variables of other programs, or named by a configuration: what is as long as this and has no blank in it is no ordinary word. */
const MIN_FOREIGN = 16;
const SECRET_NAME = /(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|AUTH)(?:_|$)/;

export function concealKeys(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const own = listProviders().flatMap(({ keyVariables }) => keyVariables);
  const keys = Object.entries(env).flatMap(([name, given]) => {
    const value = given?.trim() ?? '';
    const isForeign = SECRET_NAME.test(name) && value.length >= MIN_FOREIGN && !/[\s/]/.test(value);
    return (own.includes(name) && value.length >= MIN_KEY) || isForeign ? [value] : [];
  });
  // The longest first: a part that is taken out would leave the rest of the whole.
  const spellings = [...new Set(keys.flatMap(spellingsOf))].sort((one, other) => other.length - one.length);
  return (text) => spellings.reduce((clean, spelling) => clean.replaceAll(spelling, '[redacted]'), text);
}

/** The key and the parts of `id:secret`, as they are, in JSON, in a URL and in base64. */
function spellingsOf(key: string): readonly string[] {
  return [key, ...key.split(':').filter(({ length }) => length >= MIN_KEY)].flatMap((part) => {
    const base64 = [0, 1, 2].map((offset) => base64Of(part, offset));
    const urlSafe = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
    const short = part.length < 8 ? [] : [...base64, ...urlSafe];
    return [part, JSON.stringify(part).slice(1, -1), encodeURIComponent(part), ...short];
  });
}

/** The characters that depend on the part alone when `offset` bytes stand before it and any behind it. */
function base64Of(part: string, offset: number): string {
  const bytes = Buffer.from('\0'.repeat(offset) + part);
  return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
}
