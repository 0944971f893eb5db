/**
 * The hosts behind the router: one token, but every host has its own request body. Sources: npm `@huggingface/inference` 4.13.30. Sizes and
 * formats follow the hosts' own API references, because that client does not translate them (unverified through the router).
 */
import { dataUrl, modelPath, post } from '../kit/index.ts';
import { type BodyArgs, fieldsOf, inputsOf, sizeField, toTaskBody } from './body.ts';
import type { HostName } from './wire.ts';

export interface Host {
  /** The path below the router. @param id the host's name for the model */
  readonly path: (id: string) => string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly toBody: (args: BodyArgs, id: string) => object;
  readonly inputs: 'prompt or images' | 'prompt only';
  readonly isJob?: true;
  /** Takes LoRA weights on top of a model. */
  readonly hasLoras?: true;
  /** Formats that can be requested. Absent: none. */
  readonly formats?: readonly string[];
  /** The size field differs by model. */
  readonly sizeIsUnknown?: true;
}

const HUB = 'https://huggingface.co';

/** Hosts with an OpenAI-compatible API; only some of its fields are known to have an effect. */
const openaiHost = (path: string): Host => ({
  path: () => path,
  toBody: (args, id) => ({ ...fieldsOf(args, sizeField(args.size)), response_format: 'b64_json', model: id }),
  inputs: 'prompt only',
});

export const HOST_TABLE: Readonly<Record<HostName, Host>> = {
  'hf-inference': {
    path: (id) => `hf-inference/models/${modelPath(id)}`,
    toBody: toTaskBody,
    inputs: 'prompt or images',
  },
  'fal-ai': {
    path: (id) => `fal-ai/${modelPath(id)}?_subdomain=queue`,
    toBody: (args, id) => {
      const { adapterWeightsPath: weights } = args.options;
      const links = inputsOf(args).map(dataUrl);
      return {
        ...fieldsOf(args, { image_size: args.size }),
        // Models read one of the two fields.
        ...(links.length > 0 && { image_url: links[0], image_urls: links }),
        ...(weights !== undefined && {
          loras: [{ path: `${HUB}/${modelPath(args.model)}/resolve/main/${weights}`, scale: 1 }],
        }),
        ...(weights !== undefined &&
          id === 'fal-ai/lora' && { model_name: 'stabilityai/stable-diffusion-xl-base-1.0' }),
      };
    },
    inputs: 'prompt or images',
    isJob: true,
    hasLoras: true,
    formats: ['png', 'jpeg'],
  },
  replicate: {
    path: (id) => `replicate/v1/${id.includes(':') ? 'predictions' : `models/${modelPath(id)}/predictions`}`,
    /** The response waits for the image, for at most a minute. */
    headers: { prefer: 'wait' },
    toBody: (args, id) => {
      const links = inputsOf(args).map(dataUrl);
      const [image] = links;
      return {
        input: {
          ...fieldsOf(args, {}),
          // Models read one of the four fields.
          ...(image !== undefined && { image, images: links, input_image: image, input_images: links }),
          ...(args.options.adapterWeightsPath !== undefined && { lora_weights: `${HUB}/${modelPath(args.model)}` }),
        },
        version: id.includes(':') ? id.slice(id.indexOf(':') + 1) : undefined,
      };
    },
    inputs: 'prompt or images',
    isJob: true,
    hasLoras: true,
    formats: ['png', 'jpeg', 'webp'],
    sizeIsUnknown: true,
  },
  together: {
    path: () => 'together/v1/images/generations',
    toBody: (args, id) => {
      const links = inputsOf(args).map(dataUrl);
      return {
        ...fieldsOf(args, args.size ?? {}, 'steps'),
        ...(links.length > 0 && (/kontext/i.test(id) ? { image_url: links[0] } : { reference_images: links })),
        response_format: 'base64',
        model: id,
      };
    },
    inputs: 'prompt or images',
    formats: ['png', 'jpeg'],
  },
  wavespeed: {
    path: (id) => `wavespeed/api/v3/${modelPath(id)}`,
    toBody: (args) => {
      const files = inputsOf(args).map(({ bytes }) => bytes);
      return {
        ...fieldsOf(args, sizeField(args.size, '*')),
        ...(files.length > 0 && { image: files[0], images: files }),
        ...(args.options.adapterWeightsPath !== undefined && { loras: [{ path: args.model, scale: 1 }] }),
      };
    },
    inputs: 'prompt or images',
    isJob: true,
    hasLoras: true,
    formats: ['png', 'jpeg', 'webp'],
  },
  nscale: openaiHost('nscale/v1/images/generations'),
  deepinfra: openaiHost('deepinfra/v1/openai/images/generations'),
  'zai-org': {
    path: () => 'zai-org/api/paas/v4/async/images/generations',
    headers: { 'x-source-channel': 'hugging_face' },
    toBody: (args, id) => ({ ...fieldsOf(args, sizeField(args.size)), model: id }),
    inputs: 'prompt only',
    isJob: true,
  },
};

/** Returns the host that will generate the image, or `auto` while it is unknown. */
export const hostNameOf = ({ options, settings }: Pick<BodyArgs, 'options' | 'settings'>) =>
  options.provider ?? settings.provider;

/** The request that a plan shows while the host is unknown. The lookup before a submit finds the host. */
function toUnroutedRequest(args: BodyArgs) {
  const { scheduler, adapterWeightsPath } = args.options;
  const images = inputsOf(args).map(dataUrl);
  return post(`{provider}/${modelPath(args.model)}`, {
    ...fieldsOf(args, { size: args.size }),
    scheduler,
    adapterWeightsPath,
    images: images.length > 0 ? images : undefined,
  });
}

export function toRequest(args: BodyArgs) {
  const { model, options, settings } = args;
  if (settings.endpointUrl !== undefined) return post(settings.endpointUrl, toTaskBody(args));
  const name = hostNameOf(args);
  if (name === 'auto') return toUnroutedRequest(args);
  const { path, headers, toBody } = HOST_TABLE[name];
  const id = options.providerId ?? model;
  const [url, query] = path(id).split('?');
  return { ...post(url!, toBody(args, id), headers), ...(query && { query: { _subdomain: 'queue' } }) };
}
