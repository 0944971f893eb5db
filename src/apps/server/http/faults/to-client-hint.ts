/** Removes from a hint of the library what only the operator of a server, or the author of a program, can do. */
import { FOR_OTHER_SERVERS } from '../../../../providers/kit/adapter/about.ts';
import { withoutSecrets } from '../../../../providers/protocol/input/without-secrets.ts';

/** A setting, a variable of the environment, a method of the library, or a field of its errors. No client can change or call them. */
const OPERATOR_WORDS: readonly RegExp[] = [
  /\b(?:settings?|credentials?|environment|NODE_\w+)\b/,
  /\b(?:apiKey|baseUrl|onJob|maxAttempts|createImageManager|getProvider)\b/,
  /\b[A-Z][A-Z0-9]+_(?:[A-Z0-9]+_)?(?:KEY|URL|TOKEN|SECRET|ID|CERTS)\b/,
  /\b(?:generate|edit|stream|submit|resume|models|jobs|settle|create[A-Z]\w{0,30})\(/,
  /\b(?:error\.[a-z]|the manager\b|this package\b)/i,
];

const SENTENCE_END = /(?<=[.!?])\s(?=[A-Z])/;

/** @returns the sentences that a client can follow; `undefined`: none */
export function toClientHint(hint: string | undefined): string | undefined {
  const sentences = hint?.split(SENTENCE_END).filter(isForClients) ?? [];
  return sentences.length === 0 ? undefined : withoutSecrets(sentences.join(' '));
}

const isForClients = (sentence: string): boolean =>
  !sentence.startsWith(FOR_OTHER_SERVERS) && !OPERATOR_WORDS.some((words) => words.test(sentence));
