/** OpenAI's routes in the OpenAPI document, in short: their full description is OpenAI's own. */

const anyObject = { schema: { type: 'object' } } as const;
const answers = {
  200: { description: 'As OpenAI answers, with a further field `imagen`.', content: { 'application/json': anyObject } },
  default: { $ref: '#/components/responses/Error' },
} as const;

const postImages = (summary: string, types: readonly string[]) => ({
  post: {
    tags: ['OpenAI'],
    summary,
    requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, anyObject])) },
    responses: answers,
  },
});

export const OPENAI_PATHS = {
  '/v1/images/generations': postImages('Generates images from a prompt, as in the Images API of OpenAI.', [
    'application/json',
  ]),
  '/v1/images/edits': postImages('Generates images from images, as in the Images API of OpenAI.', [
    'multipart/form-data',
    'application/json',
  ]),
  '/v1/responses': postImages('Generates images with the tool `image_generation`, as in the Responses API of OpenAI.', [
    'application/json',
  ]),
  '/v1/models': {
    get: { tags: ['OpenAI'], summary: 'Lists the models, as in the Models API of OpenAI.', responses: answers },
  },
} as const;
