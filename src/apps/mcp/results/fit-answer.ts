/** Keeps answers within the limits of clients. Claude Desktop refuses an answer of over 1,048,576 characters, and the model never sees it. */
import type { CallToolResult } from '@modelcontextprotocol/server';

/** Characters of a whole answer, as JSON. */
export const MAX_ANSWER_LENGTH = 900_000;
/** Characters of a preview as base64. */
export const MAX_PREVIEW_LENGTH = 700_000;

const SHORT_TEXT = 1_000;
const SHORT_LIST = 100;
const NOTE = 'This answer was too long and has been shortened. Texts and lists in it may be cut.';

/** Leaves out previews first, the largest ones; then shortens texts and lists. */
export function fitAnswer(answer: CallToolResult): CallToolResult {
  let fitting = answer;
  while (lengthOf(fitting) > MAX_ANSWER_LENGTH) {
    const images = fitting.content.filter((block) => block.type === 'image');
    if (images.length === 0) return shorten(fitting);
    const largest = images.reduce((one, other) => (other.data.length > one.data.length ? other : one));
    fitting = { ...fitting, content: fitting.content.filter((block) => block !== largest) };
  }
  return fitting;
}

function shorten({ structuredContent, content, isError }: CallToolResult): CallToolResult {
  const links = content.filter((block) => block.type === 'resource_link').slice(0, SHORT_LIST);
  const structured = cut(structuredContent, SHORT_LIST) as CallToolResult['structuredContent'];
  const shortened = (structuredData: typeof structured): CallToolResult => ({
    ...(isError !== undefined && { isError }),
    ...(structuredData !== undefined && { structuredContent: structuredData }),
    content: [{ type: 'text', text: `${NOTE}\n${JSON.stringify(structuredData)}` }, ...links],
  });
  const short = shortened(structured);
  return lengthOf(short) <= MAX_ANSWER_LENGTH
    ? short
    : { ...shortened(cut(structuredContent, 5) as typeof structured), content: [{ type: 'text', text: NOTE }] };
}

function cut(value: unknown, maxItems: number): unknown {
  if (typeof value === 'string') return value.length > SHORT_TEXT ? `${value.slice(0, SHORT_TEXT)}…` : value;
  if (Array.isArray(value)) return value.slice(0, maxItems).map((each) => cut(each, maxItems));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).slice(0, SHORT_LIST);
  return Object.fromEntries(entries.map(([name, each]) => [name, cut(each, maxItems)]));
}

const lengthOf = (answer: CallToolResult): number => JSON.stringify(answer).length;
