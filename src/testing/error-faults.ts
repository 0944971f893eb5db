/** Checks that an error is an AiImageError and leaks neither key nor prompt. */
import { type AiImageError, ERROR_CODES, isAiImageError } from '../providers/protocol/errors.ts';
import { toBase64 } from './expand.ts';
import { printError } from './node-runtime.ts';

/** A shorter prompt could occur in ordinary text. */
const MIN_PROMPT = 12;

export interface Confidential {
  readonly apiKey: string;
  readonly prompt?: string | undefined;
}

/** Returns one line per fault; empty for a valid error. */
export function errorFaults(error: unknown, confidential: Confidential): readonly string[] {
  const leaks = leakFaults(error, confidential);
  if (!isAiImageError(error)) {
    const name = error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : typeof error;
    return [`the provider threw something other than an AiImageError (${name})`, ...leaks];
  }
  const isKnown = (ERROR_CODES as readonly string[]).includes(error.code);
  const code = isKnown ? [] : [`the error's code ${JSON.stringify(error.code)} is not in the list`];
  const empty = typeof error.message === 'string' && error.message.trim() !== '' ? [] : ['the error has no message'];
  return [...code, ...empty, ...leaks];
}

/** Looks for the key, in every encoding, and for the prompt. */
function leakFaults(error: unknown, { apiKey, prompt = '' }: Confidential): readonly string[] {
  const { message, stack, hint } = (error ?? {}) as Partial<AiImageError>;
  const { shown, hidden } = printError(error);
  const texts: Readonly<Record<string, string>> = {
    message: message ?? String(error),
    stack: stack ?? '',
    hint: hint ?? '',
    JSON: toJson(error),
    'printed form': shown,
    'printed form with hidden fields': hidden,
  };
  const bytes = new TextEncoder().encode(apiKey);
  const base64 = toBase64(bytes).replaceAll('=', '');
  const base64Url = base64.replaceAll('+', '-').replaceAll('/', '_');
  const encodings: readonly (readonly [string, string])[] = [
    ['unencoded', apiKey],
    ['URL-encoded', encodeURIComponent(apiKey)],
    ['as base64', base64],
    ['as base64url', base64Url],
  ];
  const keyFaults = Object.entries(texts).flatMap(([place, text]) => {
    const found = encodings.find(([, encoded]) => text.includes(encoded));
    return found ? [`the error's ${place} contains the key (${found[0]})`] : [];
  });
  // Hidden fields may contain the prompt: resuming a job handle needs it.
  const words = prompt.trim();
  const promptFaults = Object.entries(texts).flatMap(([place, text]) =>
    words.length >= MIN_PROMPT && text !== hidden && text.includes(words)
      ? [`the error's ${place} contains the prompt`]
      : [],
  );
  return [...keyFaults, ...promptFaults];
}

function toJson(error: unknown): string {
  try {
    return JSON.stringify(error) ?? '';
  } catch (cause) {
    return `not JSON: ${String(cause)}`;
  }
}
