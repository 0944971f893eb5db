/**
 * The hosts behind the router: one token, but each host's own body. Sources: npm `@huggingface/inference` 4.13.30; what that client leaves
 * under its own names (sizes, formats) is translated by the hosts' own references, unverified through the router.
 */
import { dataUrl, modelPath, post } from '../kit/index.ts';
import { type BodyArgs, fieldsOf, inOneWord, picturesOf, toTaskBody } from './body.ts';
import type { HostName } from './wire.ts';

export interface Host {
  /** Below the router. @param id the host's name for the model */
  readonly path: (id: string) => string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly toBody: (args: BodyArgs, id: string) => object;
  readonly draws: 'anything' | 'from words';
  readonly isJob?: true;
  /** Weights can be laid over a model. */
  readonly hasLoras?: true;
  /** Absent: none can be asked for. */
  readonly formats?: readonly string[];
  /** How pixels are asked for differs by model. */
  readonly sizeIsUnknown?: true;
}

const HUB = 'https://huggingface.co';

/** Hosts that speak OpenAI's dialect; only some of its fields are known to be heeded. */
const alikeOpenai = (path: string): Host => ({
  path: () => path,
  toBody: (args, id) => ({ ...fieldsOf(args, inOneWord(args.size)), response_format: 'b64_json', model: id }),
  draws: 'from words',
});

export const HOST_TABLE: Readonly<Record<HostName, Host>> = {
  'hf-inference': { path: (id) => `hf-inference/models/${modelPath(id)}`, toBody: toTaskBody, draws: 'anything' },
  'fal-ai': {
    path: (id) => `fal-ai/${modelPath(id)}?_subdomain=queue`,
    toBody: (args, id) => {
      const { adapterWeightsPath: weights } = args.options;
      const links = picturesOf(args).map(dataUrl);
      return {
        ...fieldsOf(args, { image_size: args.size }),
        // Which of the two a model reads differs.
        ...(links.length > 0 && { image_url: links[0], image_urls: links }),
        ...(weights !== undefined && {
          loras: [{ path: `${HUB}/${modelPath(args.model)}/resolve/main/${weights}`, scale: 1 }],
        }),
        ...(weights !== undefined &&
          id === 'fal-ai/lora' && { model_name: 'stabilityai/stable-diffusion-xl-base-1.0' }),
      };
    },
    draws: 'anything',
    isJob: true,
    hasLoras: true,
    formats: ['png', 'jpeg'],
  },
  replicate: {
    path: (id) => `replicate/v1/${id.includes(':') ? 'predictions' : `models/${modelPath(id)}/predictions`}`,
    /** The answer waits for the picture, a minute at most. */
    headers: { prefer: 'wait' },
    toBody: (args, id) => {
      const links = picturesOf(args).map(dataUrl);
      const [image] = links;
      return {
        input: {
          ...fieldsOf(args, {}),
          // Which of the four a model reads differs.
          ...(image !== undefined && { image, images: links, input_image: image, input_images: links }),
          ...(args.options.adapterWeightsPath !== undefined && { lora_weights: `${HUB}/${modelPath(args.model)}` }),
        },
        version: id.includes(':') ? id.slice(id.indexOf(':') + 1) : undefined,
      };
    },
    draws: 'anything',
    isJob: true,
    hasLoras: true,
    formats: ['png', 'jpeg', 'webp'],
    sizeIsUnknown: true,
  },
  together: {
    path: () => 'together/v1/images/generations',
    toBody: (args, id) => {
      const links = picturesOf(args).map(dataUrl);
      return {
        ...fieldsOf(args, args.size ?? {}, 'steps'),
        ...(links.length > 0 && (/kontext/i.test(id) ? { image_url: links[0] } : { reference_images: links })),
        response_format: 'base64',
        model: id,
      };
    },
    draws: 'anything',
    formats: ['png', 'jpeg'],
  },
  wavespeed: {
    path: (id) => `wavespeed/api/v3/${modelPath(id)}`,
    toBody: (args) => {
      const files = picturesOf(args).map(({ bytes }) => bytes);
      return {
        ...fieldsOf(args, inOneWord(args.size, '*')),
        ...(files.length > 0 && { image: files[0], images: files }),
        ...(args.options.adapterWeightsPath !== undefined && { loras: [{ path: args.model, scale: 1 }] }),
      };
    },
    draws: 'anything',
    isJob: true,
    hasLoras: true,
    formats: ['png', 'jpeg', 'webp'],
  },
  nscale: alikeOpenai('nscale/v1/images/generations'),
  deepinfra: alikeOpenai('deepinfra/v1/openai/images/generations'),
  'zai-org': {
    path: () => 'zai-org/api/paas/v4/async/images/generations',
    headers: { 'x-source-channel': 'hugging_face' },
    toBody: (args, id) => ({ ...fieldsOf(args, inOneWord(args.size)), model: id }),
    draws: 'from words',
    isJob: true,
  },
};

/** Who draws, as far as it is known. */
export const hostNameOf = ({ options, settings }: Pick<BodyArgs, 'options' | 'settings'>) =>
  options.provider ?? settings.provider;

/** What a plan shows while nobody knows who will draw; before a submit the Hub is asked. */
function toOpenRequest(args: BodyArgs) {
  const { scheduler, adapterWeightsPath } = args.options;
  const images = picturesOf(args).map(dataUrl);
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
  if (name === 'auto') return toOpenRequest(args);
  const { path, headers, toBody } = HOST_TABLE[name];
  const id = options.providerId ?? model;
  const [url, query] = path(id).split('?');
  return { ...post(url!, toBody(args, id), headers), ...(query && { query: { _subdomain: 'queue' } }) };
}
