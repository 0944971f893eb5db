/** Finds the image that "the last one" means in a conversation. */
import { parseJson } from '../../providers/kit/index.ts';
import { dataProperty, textProperty } from './data-property.ts';
import type { FoundImage } from './found-image.ts';
import { type ReadingBudget, readImagePart } from './read-image-part.ts';

/** Where parts may be, the most telling first: a tool's answer has the id of an image, and its content perhaps only a preview. */
const NESTED = [
  ...['structuredContent', 'artifact', 'images', 'data', 'result', 'output', 'response', 'functionResponse'],
  ...['function_response', 'inlineData', 'inline_data', 'fileData', 'file_data', 'resource', 'kwargs', 'value', 'text'],
  ...['parts', 'content', 'message', 'messages'],
];
const MAX_VISITS = 100_000;
const MAX_DEPTH = 24;
const MAX_CHARACTERS = 128 * 1024 * 1024;
/** An answer of a tool as JSON. */
const MAX_JSON = 200_000;

interface Walk extends ReadingBudget {
  visits: number;
}

/**
 * Finds the last image in messages of any kind: of this library, OpenAI, Anthropic, Gemini, the AI SDK, MCP and LangChain, also in results
 * of tools. Looks at the last 100,000 values, from the end. Never throws.
 * @param messages the conversation, the oldest message first
 * @returns the image; prefers the id of a stored image to a preview of it. `undefined`: there is none
 * @example toReference(lastImage(messages) ?? {}) // for the argument `image` of `edit_image`
 */
export function lastImage(messages: unknown): FoundImage | undefined {
  return find(messages, { visits: MAX_VISITS, characters: MAX_CHARACTERS }, 0, false);
}

function find(value: unknown, walk: Walk, depth: number, isToolResult: boolean): FoundImage | undefined {
  if (depth > MAX_DEPTH || walk.visits-- <= 0) return undefined;
  if (typeof value === 'string') return isToolResult ? findInJson(value, walk, depth) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const items = itemCount(value);
  if (items !== undefined) {
    for (let at = items - 1; at >= 0 && walk.visits > 0; at--) {
      const found = find(dataProperty(value, String(at)), walk, depth + 1, isToolResult);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const image = readSafely(value, walk);
  if (image !== undefined) return image;
  const isResult = isToolResult || isResultOfTool(value);
  for (const name of NESTED) {
    const nested = dataProperty(value, name);
    const found = nested === undefined ? undefined : find(nested, walk, depth + 1, isResult);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readSafely(value: object, walk: Walk): FoundImage | undefined {
  try {
    return readImagePart(value, walk);
  } catch {
    return undefined; // a proxy that throws even when its kind is asked for
  }
}

/** @returns `undefined`: it is no array */
function itemCount(value: object): number | undefined {
  try {
    if (!Array.isArray(value)) return undefined;
  } catch {
    return undefined; // a revoked proxy
  }
  const length = dataProperty(value, 'length');
  return typeof length === 'number' ? length : 0;
}

/** Only there JSON is read: what a person writes may quote an answer. */
function isResultOfTool(value: object): boolean {
  const role = textProperty(value, ['role']);
  const type = textProperty(value, ['type']) ?? '';
  return role === 'tool' || role === 'function' || /^(?:tool|tool_result|function_call_output)$|^tool-/.test(type);
}

function findInJson(text: string, walk: Walk, depth: number): FoundImage | undefined {
  if (text.length > MAX_JSON || text.length > walk.characters || !/^\s{0,100}[[{]/.test(text)) return undefined;
  walk.characters -= text.length;
  try {
    return find(parseJson(text), walk, depth + 1, false);
  } catch {
    return undefined; // a text that only begins like JSON
  }
}
