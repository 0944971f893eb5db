/** Offers prompts, which clients show as commands. */
import type { McpServer } from '@modelcontextprotocol/server';
import { describeOnly } from './json-schema.ts';

const ARGUMENTS = {
  type: 'object',
  properties: {
    description: { type: 'string', description: 'What the image shows' },
    style: { type: 'string', description: 'How it looks, e.g. watercolour' },
    size: { type: 'string', description: 'Pixels as 1024x1024, or square, landscape, portrait' },
  },
  required: ['description'],
};

export function registerPrompts(server: McpServer): void {
  server.registerPrompt(
    'imagine',
    {
      title: 'Generate an image',
      description: 'Generates an image of what you describe.',
      argsSchema: describeOnly(ARGUMENTS),
    },
    (given) => {
      const { description, style, size } = given as Readonly<Record<'description' | 'style' | 'size', unknown>>;
      const details = [...(isText(style) ? [`Style: ${style}`] : []), ...(isText(size) ? [`Size: ${size}`] : [])];
      const text = [
        'Generate one image with the tool generate_image.',
        'Write a detailed prompt of subject, style, mood, light and composition. Keep what the description says.',
        `Description: ${isText(description) ? description : '(none: ask me what the image shows)'}`,
        ...details,
      ].join('\n');
      return { messages: [{ role: 'user', content: { type: 'text', text } }] };
    },
  );
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
