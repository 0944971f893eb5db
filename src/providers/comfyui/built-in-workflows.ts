/**
 * The built-in workflows: Stable Diffusion XL and FLUX.1, from a prompt and from an image.
 * Source: nodes of GitHub `Comfy-Org/ComfyUI` 0.38.1 (`nodes.py`, `comfy_extras`).
 */
import type { Operation } from '../protocol/index.ts';
import type { Graph, Workflow, WorkflowMap } from './workflow.ts';

type Link = readonly [node: string, output: number];
const node = (class_type: string, inputs: Readonly<Record<string, unknown>>) => ({ class_type, inputs });

const common = { seed: ['3.inputs.seed'], prompt: ['6.inputs.text'], output: '9' } satisfies WorkflowMap;
const generateMap = { width: ['5.inputs.width'], height: ['5.inputs.height'], n: ['5.inputs.batch_size'] };
const editMap = { inputImages: ['20.inputs.image'], n: ['22.inputs.amount'] };

/** The nodes that decode and save, the same in every workflow. */
const toFile = (vae: Link): Graph => ({
  '8': node('VAEDecode', { samples: ['3', 0], vae }),
  '9': node('SaveImage', { filename_prefix: 'ai-image', images: ['8', 0] }),
});

/** The nodes of the initial latent: an empty one, or an input image, repeated for each requested image. */
function initialLatent(operation: Operation | undefined, emptyLatent: string, vae: Link): Graph {
  if (operation === undefined) return { '5': node(emptyLatent, { width: 1024, height: 1024, batch_size: 1 }) };
  const load = { '20': node('LoadImage', { image: '' }) };
  const repeated = { '22': node('RepeatLatentBatch', { samples: ['21', 0], amount: 1 }) };
  return operation === 'inpaint'
    ? {
        ...load,
        '23': node('LoadImageMask', { image: '', channel: 'red' }),
        '21': node('VAEEncodeForInpaint', { pixels: ['20', 0], vae, mask: ['23', 0], grow_mask_by: 6 }),
        ...repeated,
      }
    : { ...load, '21': node('VAEEncode', { pixels: ['20', 0], vae }), ...repeated };
}

const latentOf = (operation: Operation | undefined): Link => [operation === undefined ? '5' : '22', 0];

function sdxl(operation: Operation | undefined): Workflow {
  const vae: Link = ['4', 2];
  return {
    graph: {
      '4': node('CheckpointLoaderSimple', { ckpt_name: 'sd_xl_base_1.0.safetensors' }),
      ...initialLatent(operation, 'EmptyLatentImage', vae),
      '6': node('CLIPTextEncode', { text: '', clip: ['4', 1] }),
      '7': node('CLIPTextEncode', { text: '', clip: ['4', 1] }),
      '3': node('KSampler', {
        seed: 0,
        steps: 25,
        cfg: 7,
        sampler_name: 'dpmpp_2m',
        scheduler: 'karras',
        denoise: operation === 'edit' ? 0.6 : 1,
        model: ['4', 0],
        positive: ['6', 0],
        negative: ['7', 0],
        latent_image: latentOf(operation),
      }),
      ...toFile(vae),
    },
    map: {
      ...common,
      negativePrompt: ['7.inputs.text'],
      ...(operation === undefined ? generateMap : editMap),
      ...(operation === 'inpaint' && { mask: ['23.inputs.image'] }),
    },
  };
}

/** Schnell needs four steps and no guidance. */
function flux(operation: Operation | undefined, isSchnell: boolean): Workflow {
  const vae: Link = ['12', 0];
  return {
    graph: {
      '10': node('UNETLoader', {
        unet_name: isSchnell ? 'flux1-schnell.safetensors' : 'flux1-dev.safetensors',
        weight_dtype: 'default',
      }),
      '11': node('DualCLIPLoader', {
        clip_name1: 'clip_l.safetensors',
        clip_name2: 't5xxl_fp16.safetensors',
        type: 'flux',
      }),
      '12': node('VAELoader', { vae_name: 'ae.safetensors' }),
      ...initialLatent(operation, 'EmptySD3LatentImage', vae),
      '6': node('CLIPTextEncode', { text: '', clip: ['11', 0] }),
      ...(!isSchnell && { '13': node('FluxGuidance', { conditioning: ['6', 0], guidance: 3.5 }) }),
      '14': node('ConditioningZeroOut', { conditioning: ['6', 0] }),
      '3': node('KSampler', {
        seed: 0,
        steps: isSchnell ? 4 : 20,
        cfg: 1,
        sampler_name: 'euler',
        scheduler: 'simple',
        denoise: operation === undefined ? 1 : 0.75,
        model: ['10', 0],
        positive: [isSchnell ? '6' : '13', 0],
        negative: ['14', 0],
        latent_image: latentOf(operation),
      }),
      ...toFile(vae),
    },
    map: { ...common, ...(operation === undefined ? generateMap : editMap) },
  };
}

export const BUILT_IN_WORKFLOWS: Readonly<Record<string, (operation: Operation | undefined) => Workflow>> = {
  sdxl,
  'flux-dev': (operation) => flux(operation, false),
  'flux-schnell': (operation) => flux(operation, true),
};

/** The inputs that the options set, by workflow. */
export const OPTION_INPUTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sdxl: { file: '4.inputs.ckpt_name', steps: '3.inputs.steps', denoise: '3.inputs.denoise', cfg: '3.inputs.cfg' },
  'flux-dev': {
    file: '10.inputs.unet_name',
    steps: '3.inputs.steps',
    denoise: '3.inputs.denoise',
    guidance: '13.inputs.guidance',
  },
  'flux-schnell': { file: '10.inputs.unet_name', steps: '3.inputs.steps', denoise: '3.inputs.denoise' },
};
