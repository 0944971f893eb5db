/** Texts of the library in the words of the tools, without what an agent must not read. */
import { withoutSecrets } from '../../providers/protocol/input/without-secrets.ts';

/** The name of an argument by the field of the library's request. */
export type ArgumentNames = Readonly<Record<string, string>>;

export const ARGUMENT_NAMES: ArgumentNames = {
  inputImages: 'reference_images',
  aspectRatio: 'aspect_ratio',
};

/** A sentence for programmers names a method, a field that tools do not have, or the settings of the manager. */
const FOR_PROGRAMMERS = /\b(?:onUnsupported|createImageManager|createStore|callId|providers of the manager)\b|\w\(|\{/;

/** @param names those of the tool */
export function toWords(text: string, names: ArgumentNames = ARGUMENT_NAMES): string {
  const words = withoutSecrets(text)
    .replaceAll('request.', '')
    .replaceAll('providers of this manager', 'available providers')
    .replaceAll(/\b(inputImages|mask)\.\d{1,4}\b/g, '$1');
  return Object.entries(names).reduce((said, [field, name]) => said.replaceAll(field, name), words);
}

/** @returns without the sentences that an agent cannot follow; '' if there are no others */
export function toAdvice(hint: string | undefined, names: ArgumentNames): string {
  const sentences = (hint ?? '').split(/(?<=[.!?]) (?=[A-Z])/).filter((sentence) => !FOR_PROGRAMMERS.test(sentence));
  return toSentence(toWords(sentences.join(' '), names));
}

export const toSentence = (text: string): string => {
  const trimmed = text.trim();
  return /[.!?…]$/.test(trimmed) || trimmed === '' ? trimmed : `${trimmed}.`;
};

/** Removes the path of a folder. Its name may have spaces, so that it is not recognized as a path. */
export const withoutFolder = (text: string, folder: string): string =>
  folder === '' ? text : text.replaceAll(folder, 'the store');

/** Longer texts and names are a vendor's, and fill the context of an agent. */
const MAX_WARNINGS = 20;
const MAX_WARNING_LENGTH = 300;
const MAX_NAME_LENGTH = 200;

/** @returns the first ones, each once, as sentences of limited length */
export const toWarnings = (texts: readonly string[]): string[] =>
  [...new Set(texts.map((text) => shortened(toSentence(toWords(text)), MAX_WARNING_LENGTH)))].slice(0, MAX_WARNINGS);

/** Shortens the name of a model or a provider, which a vendor may have made up. */
export const toName = (name: string): string => shortened(name, MAX_NAME_LENGTH);

const shortened = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max)}…` : text);

const MAX_QUOTED = 300;

/** What a vendor or a third party said: marked as a quotation, on one line, and never long. */
export function quoted(text: string): string {
  const plain = withoutSecrets(text).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
  return JSON.stringify(shortened(plain, MAX_QUOTED));
}
