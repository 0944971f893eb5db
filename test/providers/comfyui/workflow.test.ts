/** The caller's own workflows: checked against their maps before anything is sent, and filled in without changing the original. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createComfyui } from '../../../src/providers/comfyui/index.ts';
import { fillIn, valueAt } from '../../../src/providers/comfyui/workflow.ts';
import { encodePng } from '../../../src/providers/kit/image/png.ts';

const graph = {
  '1': { class_type: 'LoadImage', inputs: { image: 'example.png' } },
  '2': { class_type: 'CLIPTextEncode', inputs: { text: '', clip: ['4', 1] }, _meta: { title: 'Prompt' } },
  '3': { class_type: 'Sampler', inputs: { seed: 1, width: 64, height: 64 } },
  '5': { class_type: 'Scheduler', inputs: { width: 64, height: 64 } },
  '9': { class_type: 'SaveImage', inputs: { images: ['3', 0] } },
};
const map = { prompt: ['2.inputs.text'], output: '9' };
const withWorkflow = (workflow: object, name = 'mine') =>
  createComfyui({ workflows: { [name]: { graph, map, ...workflow } } } as Parameters<typeof createComfyui>[0]);

describe('a caller’s workflow', () => {
  it.each([
    ['in the editor’s file format', { graph: { nodes: [], links: [], version: 0.4 } }, /Export \(API\)/],
    ['without nodes', { graph: {} }, /no nodes/],
    ['with an entry that is not a node', { graph: { ...graph, '7': { inputs: {} } } }, /class_type/],
    ['whose map names a missing node', { map: { ...map, seed: ['33.inputs.seed'] } }, /33\.inputs\.seed/],
    ['whose map names no field', { map: { ...map, seed: ['seed'] } }, /6\.inputs\.text/],
    ['whose output node is missing', { map: { ...map, output: '99' } }, /99/],
    ['without a field for the prompt', { map: { output: '9' } }, /prompt/],
    ['with a misspelt field', { map: { ...map, sede: ['3.inputs.seed'] } }, /sede/],
  ])('%s is refused when the provider is created', (_, workflow, message) => {
    expect(() => withWorkflow(workflow)).toThrow(message);
    expect(() => withWorkflow(workflow)).toThrow(expect.objectContaining({ code: 'not_configured' }) as Error);
  });

  it.each(['sdxl', 'no good name', ''])('cannot be called %j', (name) => {
    expect(() => withWorkflow({}, name)).toThrow(/workflows/);
  });

  it('supports what its map has a field for', async () => {
    const plain = (await withWorkflow({}).models()).mine;
    expect(plain).toMatchObject({ sizes: { kind: 'none' }, maxImages: 1 });
    expect(plain).not.toHaveProperty('seed');
    const places = { seed: ['3.inputs.seed'], width: ['3.inputs.width'], height: ['3.inputs.height'] };
    const full = (await withWorkflow({ map: { ...map, ...places, inputImages: ['1.inputs.image'] } }).models()).mine;
    expect(full).toMatchObject({
      sizes: { kind: 'free', multipleOf: 8 },
      seed: { min: 0, max: Number.MAX_SAFE_INTEGER },
      editsOnly: true,
      edit: { operations: ['edit'], maxInputs: 1 },
    });
  });

  it('gets a value in each mapped field, and a list as a list', async () => {
    const places = { width: ['3.inputs.width', '5.inputs.width'], height: ['3.inputs.height', '5.inputs.height'] };
    const comfyui = withWorkflow({ map: { ...map, ...places } });
    const { requests } = await comfyui.plan({
      prompt: 'a fox',
      model: 'mine',
      size: '128x64',
      options: { inputs: { '3.inputs.sigmas': [1, 0.5] } },
    });
    const { prompt } = requests[0]!.body as { readonly prompt: Record<string, { readonly inputs: object }> };
    expect(prompt['3']?.inputs).toEqual({ seed: 1, width: 128, height: 64, sigmas: { __value__: [1, 0.5] } });
    expect(prompt['5']?.inputs).toEqual({ width: 128, height: 64 });
    expect(prompt['2']?.inputs).toEqual({ text: 'a fox', clip: ['4', 1] });
  });

  it('reports how many input images it takes', async () => {
    const comfyui = withWorkflow({
      graph: { ...graph, '6': graph['1'] },
      map: { ...map, inputImages: ['1.inputs.image', '6.inputs.image'] },
    });
    const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(64), channels: 1 });
    const { refusals } = await comfyui.plan({ prompt: 'a fox', model: 'mine', inputImages: [png] });
    expect(refusals).toMatchObject([
      { field: 'inputImages', message: expect.stringContaining('takes 2 input images') },
    ]);
  });
});

describe('filling in a workflow', () => {
  const name = fc.stringMatching(/^[a-z_]{1,8}$/);
  const id = fc.stringMatching(/^[0-9:.]{1,6}$/);
  const anyGraph = fc.dictionary(
    id,
    fc.record({ class_type: fc.constant('Node'), inputs: fc.dictionary(name, fc.jsonValue()) }),
    { minKeys: 1 },
  );

  it('sets a value that can be read back, and changes neither the original nor any other field', () => {
    fc.assert(
      fc.property(anyGraph, fc.nat(), name, fc.jsonValue(), (some, at, input, value) => {
        const before = structuredClone(some);
        const node = Object.keys(some)[at % Object.keys(some).length]!;
        const filled = fillIn(some, [[`${node}.inputs.${input}`, value]]);

        expect(some).toEqual(before);
        expect(valueAt(filled, `${node}.inputs.${input}`)).toEqual(value);
        const { [node]: changed, ...others } = filled;
        const { [node]: original, ...same } = before;
        expect(others).toEqual(same);
        expect({ ...changed?.inputs, [input]: 0 }).toEqual({ ...original?.inputs, [input]: 0 });
      }),
    );
  });

  it('changes nothing for fields without a map entry, and for values that were not requested', () => {
    fc.assert(
      fc.property(anyGraph, fc.string(), (some, place) => {
        expect(fillIn(some, [[place, undefined]])).toEqual(some);
        expect(fillIn(some, [[`x${place}.inputs.y`, 1]])).toEqual(some);
        expect(valueAt(some, `x${place}.inputs.y`)).toBeUndefined();
      }),
    );
  });
});
