/** Reads the body of `/v1/responses`: one image, with the tool `image_generation`. */
import { HttpFault } from '../../http/http-fault.ts';

/** An input image: a link of the client, or an image of an earlier call. */
export type ResponseInput =
  | { readonly kind: 'link'; readonly url: string; readonly param: string }
  | { readonly kind: 'file'; readonly id: string; readonly param: string }
  | { readonly kind: 'call'; readonly id: string; readonly param: string }
  | { readonly kind: 'response'; readonly id: string; readonly param: string };

export interface ResponseRequest {
  readonly prompt: string;
  /** The field that the prompt comes from. */
  readonly promptParam: string;
  /** The model of the tool; without one, the model of the request. */
  readonly model: string | undefined;
  /** The model of the request, which would write texts. */
  readonly outerModel: string | undefined;
  /** Fields of the tool that the Images API has too. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly action: 'generate' | 'edit' | 'auto';
  readonly inputs: readonly ResponseInput[];
  readonly mask: ResponseInput | undefined;
  readonly isStream: boolean;
  readonly partialImages: number;
  readonly previous: string | undefined;
  /** What has no effect, as sentences. */
  readonly warnings: readonly string[];
}

/** Fields of the tool with a meaning here. All others go to the parser of the Images API, which knows them or refuses them. */
const OWN_TOOL_FIELDS = ['type', 'model', 'action', 'input_image_mask', 'partial_images'];
/** Fields of the Images API that have another place here. */
const MISPLACED_TOOL_FIELDS = {
  prompt: 'Pass the text in `input`.',
  image: 'Pass the image in `input`, as `input_image`.',
  images: 'Pass the images in `input`, as `input_image`.',
  mask: 'Pass the mask as `input_image_mask`.',
} as const;
const UNUSED_TOOL_FIELDS = ['stream', 'response_format'];
/** Fields of the request that cannot be ignored: they would promise what this server does not do. */
const REFUSED = {
  background: 'Responses in the background are not supported. Leave `background` out.',
  conversation: 'Conversations are not supported. Pass `previous_response_id`, or the earlier image in `input`.',
  prompt: 'Stored prompts are not supported. Pass the text in `input`.',
} as const;
const READ = ['model', 'input', 'tools', 'tool_choice', 'stream', 'previous_response_id'];

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isPresent = (value: unknown): boolean => value !== undefined && value !== null && value !== false;

function refuse(param: string, message: string): never {
  throw new HttpFault(400, 'invalid_value', message, { param });
}

/** @throws HttpFault 400: the request asks for something else than one image */
export function parseResponseRequest(body: unknown): ResponseRequest {
  if (!isFields(body)) return refuse('', 'The body must be a JSON object.');
  for (const [param, message] of Object.entries(REFUSED)) if (isPresent(body[param])) refuse(param, message);
  const { tool, param: toolParam } = readTool(body.tools);
  for (const [field, message] of Object.entries(MISPLACED_TOOL_FIELDS)) {
    if (isPresent(tool[field])) refuse(`${toolParam}.${field}`, message);
  }
  checkToolChoice(body.tool_choice);
  const model = readText(body.model, 'model');
  const previous = readText(body.previous_response_id, 'previous_response_id');
  const { prompt, promptParam, images, warnings } = readInput(body.input);
  const earlier: readonly ResponseInput[] =
    previous === undefined ? [] : [{ kind: 'response', id: previous, param: 'previous_response_id' }];
  const inputs = [...earlier, ...images];
  const action = readAction(tool.action, `${toolParam}.action`, inputs.length);
  const usedInputs = action === 'generate' ? [] : inputs;
  const mask = readMask(tool.input_image_mask, `${toolParam}.input_image_mask`);
  if (mask !== undefined && usedInputs.length === 0) {
    refuse(`${toolParam}.input_image_mask`, 'A mask needs an image to edit. Pass one as `input_image`.');
  }
  const unusedTool = UNUSED_TOOL_FIELDS.filter((field) => isPresent(tool[field]));
  const others = Object.keys(body).filter(
    (field) => !READ.includes(field) && !Object.hasOwn(REFUSED, field) && isPresent(body[field]),
  );
  return {
    prompt,
    promptParam,
    model: readText(tool.model, `${toolParam}.model`),
    outerModel: model,
    fields: Object.fromEntries(
      Object.entries(tool).filter(([field]) => ![...OWN_TOOL_FIELDS, ...UNUSED_TOOL_FIELDS].includes(field)),
    ),
    action,
    inputs: usedInputs,
    mask,
    isStream: readFlag(body.stream, 'stream'),
    partialImages: readPartialImages(tool.partial_images, `${toolParam}.partial_images`),
    previous,
    warnings: [
      ...others.map((field) => `\`${field}\` has no effect on an image.`),
      ...unusedTool.map((field) => `\`${toolParam}.${field}\` has no effect on an image.`),
      ...(action === 'generate' && inputs.length > 0
        ? [`The input images were not used, because \`${toolParam}.action\` is "generate".`]
        : []),
      ...warnings,
    ],
  };
}

function readTool(tools: unknown): { readonly tool: Fields; readonly param: string } {
  const list = Array.isArray(tools) ? (tools as readonly unknown[]) : [];
  const other = list.findIndex((tool) => !isFields(tool) || tool.type !== 'image_generation');
  if (other !== -1) refuse(`tools[${other}].type`, 'The only tool of this server is `image_generation`.');
  const [tool, second] = list;
  if (second !== undefined) refuse('tools[1]', 'Pass `image_generation` once: a response has one image.');
  if (!isFields(tool)) {
    return refuse('tools', 'This server generates images only. Pass `tools: [{ "type": "image_generation" }]`.');
  }
  return { tool, param: 'tools[0]' };
}

function checkToolChoice(choice: unknown): void {
  const name = isFields(choice) ? choice.type : (choice ?? 'auto');
  if (name === 'auto' || name === 'required' || name === 'image_generation' || name === 'allowed_tools') return;
  refuse(
    'tool_choice',
    'This server generates images only: pass "auto", "required" or { "type": "image_generation" }.',
  );
}

function readAction(value: unknown, param: string, inputs: number): ResponseRequest['action'] {
  if (value === undefined || value === null || value === 'auto') return 'auto';
  if (value === 'generate') return value;
  if (value !== 'edit') return refuse(param, '`action` must be "generate", "edit" or "auto".');
  return inputs > 0 ? value : refuse(param, 'An edit needs an image. Pass one as `input_image`.');
}

/** The text and the images of the latest message of the user, and the latest image of an earlier response. */
function readInput(input: unknown): {
  readonly prompt: string;
  readonly promptParam: string;
  readonly images: readonly ResponseInput[];
  readonly warnings: readonly string[];
} {
  if (typeof input === 'string') return { prompt: input, promptParam: 'input', images: [], warnings: [] };
  if (!Array.isArray(input)) return refuse('input', '`input` must be a text or a list of messages.');
  const items = (input as readonly unknown[]).map((item, index) => readItem(item, `input[${index}]`));
  const last = items.findLastIndex((item) => item.kind === 'user');
  const message = items[last];
  if (message?.kind !== 'user') return refuse('input', '`input` must have a message of the role `user`.');
  const earlier = items.slice(0, last);
  const image = items.findLast((item) => item.kind === 'call');
  const warnings = [
    ...(earlier.some((item) => item.kind === 'user' || item.kind === 'ignored')
      ? ['Only the latest message of the user was used.']
      : []),
  ];
  const images = [...(image ? [{ ...image, kind: 'call' as const }] : []), ...message.images];
  return { prompt: message.texts.join('\n\n'), promptParam: `input[${last}]`, images, warnings };
}

type Item =
  | { readonly kind: 'user'; readonly texts: readonly string[]; readonly images: readonly ResponseInput[] }
  | { readonly kind: 'call'; readonly id: string; readonly param: string }
  | { readonly kind: 'ignored' };

function readItem(item: unknown, param: string): Item {
  if (!isFields(item)) return refuse(param, 'An item of `input` must be an object.');
  const { type = 'message', role } = item;
  if (type === 'image_generation_call' || type === 'item_reference') {
    return { kind: 'call', id: readText(item.id, `${param}.id`) ?? refuse(`${param}.id`, 'The id is missing.'), param };
  }
  if (type === 'reasoning') return { kind: 'ignored' };
  if (type !== 'message') return refuse(`${param}.type`, 'This server reads messages and `image_generation_call`.');
  if (role !== 'user') return { kind: 'ignored' };
  if (typeof item.content === 'string') return { kind: 'user', texts: [item.content], images: [] };
  if (!Array.isArray(item.content)) return refuse(`${param}.content`, '`content` must be a text or a list.');
  const parts = (item.content as readonly unknown[]).map((part, index) => readPart(part, `${param}.content[${index}]`));
  return {
    kind: 'user',
    texts: parts.flatMap((part) => (typeof part === 'string' ? [part] : [])),
    images: parts.flatMap((part) => (typeof part === 'string' ? [] : [part])),
  };
}

function readPart(part: unknown, param: string): string | ResponseInput {
  if (isFields(part) && part.type === 'input_text' && typeof part.text === 'string') return part.text;
  if (isFields(part) && part.type === 'input_image') return readImage(part, param);
  return refuse(`${param}.type`, 'This server reads `input_text` and `input_image`.');
}

function readImage(image: Fields, param: string): ResponseInput {
  const url = readText(image.image_url, `${param}.image_url`);
  if (url !== undefined) return { kind: 'link', url, param: `${param}.image_url` };
  const id = readText(image.file_id, `${param}.file_id`);
  return id === undefined
    ? refuse(
        `${param}.image_url`,
        'Pass a `data:image/…` link as `image_url`, or the id of a stored image as `file_id`.',
      )
    : { kind: 'file', id, param: `${param}.file_id` };
}

function readMask(mask: unknown, param: string): ResponseInput | undefined {
  if (mask === undefined || mask === null) return undefined;
  return isFields(mask) ? readImage(mask, param) : refuse(param, 'The mask must be an object with `image_url`.');
}

function readText(value: unknown, param: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : refuse(param, `\`${param}\` must be a text.`);
}

function readFlag(value: unknown, param: string): boolean {
  if (value === undefined || value === null) return false;
  return typeof value === 'boolean' ? value : refuse(param, `\`${param}\` must be true or false.`);
}

function readPartialImages(value: unknown, param: string): number {
  if (value === undefined || value === null) return 0;
  const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 3;
  return isCount ? value : refuse(param, '`partial_images` must be a whole number from 0 to 3.');
}
