/** Wrong requests to the API: each is answered with the field that is wrong, and nothing is sent. */
import { describe, expect, it } from 'vitest';
import { useServers } from '../support.ts';

const start = useServers();
const { post, send, store, manager } = await start();

interface Fault {
  readonly error: { readonly message: string; readonly param: string | null; readonly code: string };
}

async function faultOf(answer: Response): Promise<Fault['error'] & { readonly status: number }> {
  const { error } = (await answer.json()) as Fault;
  return { ...error, status: answer.status };
}

const json = (path: string, method: string, body: unknown) =>
  send(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

const FOX = { prompt: 'a fox' };

/** A cursor as a client could forge it. */
const cursorOf = (time: string): string => Buffer.from(`${time} 0123456789abcdef`).toString('base64url');

describe('a wrong body', () => {
  it.each([
    [{ promt: 'a fox' }, 'promt', /There is no field "promt"\. Did you mean prompt\?/],
    [{ n: 1 }, 'prompt', /must be a string/],
    [{ ...FOX, promt: 'a fox' }, 'promt', /There is no field "promt"\. Did you mean prompt\?/],
    [{ ...FOX, colour: 'red' }, 'colour', /Known fields: /],
    [{ ...FOX, toString: 'red' }, 'toString', /There is no field "toString"\. Known fields: /],
    [{ ...FOX, n: '2' }, 'n', /must be a whole number|must be a number/],
    [{ ...FOX, n: 0 }, 'n', /must be at least 1/],
    [{ ...FOX, size: '12' }, 'size', /must be "WIDTHxHEIGHT"/],
    [{ ...FOX, quality: 'best' }, 'quality', /must be one of draft, standard, hd/],
    [{ ...FOX, inputImages: ['x'] }, 'inputImages', /POST \/api\/edit/],
    [{ ...FOX, profile: 'admin' }, 'profile', /belongs to the token/],
    [{ ...FOX, fallback: ['a', ''] }, 'fallback[1]', /must have at least 1 character/],
    [{ ...FOX, fallback: 'a' }, 'fallback', /must be a list/],
    [{ ...FOX, metadata: 'a' }, 'metadata', /must be an object/],
    [{ ...FOX, options: [1] }, 'options', /must be an object/],
    [[], null, /The body must be an object/],
  ])('%j is refused with its field', async (body, param, message) => {
    const fault = await faultOf(await post('/api/generate', body));
    expect(fault).toMatchObject({ status: 400, param });
    expect(fault.message).toMatch(message);
  });

  it.each([
    [{ ...FOX, inputImages: [] }, 'inputImages', 400],
    [{ ...FOX, inputImages: ['/etc/passwd'] }, 'inputImages[0]', 400],
    [{ ...FOX, inputImages: ['http://127.0.0.1/a.png'] }, 'inputImages[0]', 400],
    [{ ...FOX, inputImages: ['file:///etc/passwd'] }, 'inputImages[0]', 400],
    [{ ...FOX, inputImages: ['0123456789abcdef'] }, 'inputImages[0]', 400],
    [{ ...FOX, inputImages: ['data:image/png;base64,AA=='], mask: 'nothing' }, 'mask', 400],
  ])('%j of an edit is refused with its field', async (body, param, status) => {
    expect(await faultOf(await post('/api/edit', body))).toMatchObject({ status, param });
  });

  it.each(['data:image/png;base64,!!', 'data:image/svg+xml,<svg/>'])('%s is an invalid input image', async (link) => {
    const fault = await faultOf(await post('/api/edit', { ...FOX, inputImages: [link] }));
    expect(fault).toMatchObject({ status: 400, code: 'invalid_input_images', param: 'inputImages[0]' });
  });

  it.each([
    [{ ...FOX, provider: 'nothing' }, 'provider', /no provider "nothing"/],
    [{ ...FOX, variation: 'red' }, 'variation', /no \{\{variation\}\}/],
    [{ ...FOX, prompt: 'a {{variation}} fox' }, 'prompt', /no variation to replace it/],
    [{ ...FOX, fallback: ['nothing'] }, 'fallback', /nothing/],
    [{ ...FOX, size: '64x64', aspectRatio: '1:1' }, 'aspectRatio', /both given/],
    [{ ...FOX, style: 'nothing' }, 'style', /no style "nothing"/],
    [{ ...FOX, options: { nothing: 1 } }, 'options.nothing', /unknown option "nothing"/],
  ])('%j is refused in the words of this API, also in a plan', async (body, param, message) => {
    const fault = await faultOf(await post('/api/generate', body));
    expect(fault).toMatchObject({ status: 400, param });
    expect(fault.message).toMatch(message);
    expect(fault.message).not.toMatch(/request\.|The provider refused/);
    const plan = await post('/api/plan', body);
    // What only some providers refuse is part of the plan.
    if (plan.status === 200) expect(await plan.json()).toMatchObject({ candidates: [], refused: [{ refusals: [{}] }] });
    else expect(await faultOf(plan)).toMatchObject({ status: 400, param });
  });

  it.each([
    ['data:image/png;base64,AA==', /not a complete image file/],
    ['data:image/png;base64,!', /base64 is not valid/],
    ['data:image/png,abc', /not data:image/],
    ['https://127.0.0.1/a.png', /could not be fetched\. Check the link/],
  ])('the input image %s is refused with its place', async (image, message) => {
    const fault = await faultOf(await post('/api/edit', { ...FOX, inputImages: [image] }));
    expect(fault).toMatchObject({ status: 400, param: 'inputImages[0]' });
    expect(fault.message).toMatch(message);
    expect(await store.usage()).toEqual([]);
  });

  it('S28: cannot set an address, headers, a path or a key', async () => {
    const tries = [
      ...['baseUrl', 'base_url', 'headers', 'extra_headers', 'apiKey', 'api_key', 'directory', 'output_path'],
      ...['path', 'fetch', 'deadlineMs', 'callId', 'session', 'output', 'links', 'signal'],
    ];
    for (const name of tries) {
      for (const path of ['/api/generate', '/api/edit', '/api/plan']) {
        const body = {
          ...FOX,
          ...(path === '/api/edit' && { inputImages: ['data:image/png;base64,AA=='] }),
          [name]: 'x',
        };
        expect(await faultOf(await post(path, body)), `${path} ${name}`).toMatchObject({ status: 400, param: name });
      }
    }
    expect(await manager.jobs()).toEqual([]);
    expect(await store.usage()).toEqual([]);
  });

  it('S28: options of the provider are checked by the provider, before anything is sent', async () => {
    const fault = await faultOf(await post('/api/generate', { ...FOX, options: { baseUrl: 'https://evil.example' } }));
    expect(fault).toMatchObject({ status: 400 });
    expect(await store.usage()).toEqual([]);
  });

  it('S27: has no __proto__ and no constructor', async () => {
    const headers = { 'content-type': 'application/json' };
    for (const body of ['{"prompt":"a","options":{"__proto__":{}}}', '{"prompt":"a","options":{"constructor":{}}}']) {
      expect((await send('/api/generate', { method: 'POST', body, headers })).status).toBe(400);
    }
  });
});

describe('a wrong query', () => {
  it.each([
    ['/api/images?limit=0', 'limit', /must be at least 1/],
    ['/api/images?limit=many', 'limit', /must be a number|must be a whole number/],
    ['/api/images?limit=1&limit=2', 'limit', /occurs twice/],
    ['/api/images?since=yesterday', 'since', /date or a time/],
    ['/api/images?since=2026-02-31', 'since', /date or a time/],
    ['/api/images?kept=maybe', 'kept', /must be a boolean/],
    ['/api/images?modle=x', 'modle', /There is no query parameter "modle"\. Did you mean model\?/],
    ['/api/images?after=x', 'after', /`next` of an earlier answer/],
    ['/api/images?parent=..%2f..%2fetc', 'parent', /id of a stored image/],
    ['/api/images?text=fox%00cat', 'text', /has a NUL character/],
    ['/api/images?tag=%00', 'tag', /has a NUL character/],
    ['/api/images?__proto__=1', '__proto__', /There is no query parameter "__proto__"\. Known query parameters: /],
    ['/api/images?constructor=1', 'constructor', /"constructor"\. Known query parameters: /],
    [`/api/images?after=${cursorOf('9999-99-99T99:99:99Z')}`, 'after', /`next` of an earlier answer/],
    [`/api/images?after=${cursorOf('..........')}`, 'after', /`next` of an earlier answer/],
    ['/api/usage?by=week', 'by', /must be one of day, provider, model/],
    ['/api/runs?state=lost', 'state', /must be one of/],
    ['/api/runs/events?after=1', 'after', /cursor of an event/],
  ])('%s is refused with its parameter', async (path, param, message) => {
    const fault = await faultOf(await send(path));
    expect(fault).toMatchObject({ status: 400, param });
    expect(fault.message).toMatch(message);
  });

  it('is refused where the route takes none', async () => {
    const fault = await faultOf(await send('/api/styles?x=1'));
    expect(fault).toMatchObject({ status: 400, param: 'x', message: 'There is no query parameter "x". Remove it.' });
    expect(await faultOf(await post('/api/generate?prompt=a', FOX))).toMatchObject({ status: 400, param: 'prompt' });
    expect(await faultOf(await post('/api/generate?wait=301', FOX))).toMatchObject({ status: 400, param: 'wait' });
  });
});

it.each([[''], [' '], ['\n\t'], ['x'.repeat(201)]])('a tag is not %j', async (tag) => {
  const { saved } = await manager.generate({ ...FOX, size: '64x64' });
  const fault = await faultOf(await json(`/api/images/${saved[0]!.id}/tags`, 'PUT', { tags: ['a', tag] }));
  expect(fault).toMatchObject({ status: 400, param: 'tags[1]' });
});

describe('an unknown id', () => {
  it.each([
    ['GET', '/api/images/0123456789abcdef'],
    ['GET', '/api/images/..%2f..%2fetc%2fpasswd'],
    ['GET', '/api/images/x'],
    ['GET', '/api/images/0123456789abcdef/lineage'],
    ['GET', '/api/images/0123456789abcdef/provenance'],
    ['GET', '/api/images/0123456789abcdef/link'],
    ['DELETE', '/api/images/0123456789abcdef'],
    ['GET', '/api/runs/nothing'],
    ['GET', '/api/runs/nothing/events'],
    ['DELETE', '/api/runs/nothing'],
  ])('%s %s is answered with 404', async (method, path) => {
    expect(await faultOf(await send(path, { method }))).toMatchObject({ status: 404, param: 'id' });
  });

  it('is answered with 404 where there is a body', async () => {
    const id = '0123456789abcdef';
    expect((await json(`/api/images/${id}/tags`, 'PUT', { tags: ['a'] })).status).toBe(404);
    expect((await json(`/api/images/${id}/selection`, 'PUT', { selection: 'kept' })).status).toBe(404);
    expect((await post('/api/images/export', { ids: [id] })).status).toBe(404);
    expect((await post('/api/jobs/nothing/resume', {})).status).toBe(404);
    expect((await post('/api/jobs/nothing/settle', { charged: true })).status).toBe(404);
  });

  it('of several is named by its place', async () => {
    const { saved } = await manager.generate({ ...FOX, size: '64x64' });
    const known = saved[0]!.id;
    const fault = await faultOf(await post('/api/images/export', { ids: [known, '0123456789abcdef'] }));
    expect(fault).toMatchObject({ status: 404, code: 'image_not_found', param: 'ids[1]' });
  });

  it('is told apart from a job that has ended or that no one can fetch', async () => {
    const spending = { micros: 10_000, provider: 'stub', model: 'stub-1', images: 1 };
    const reservation = String(await store.ledger.reserve(spending, []));
    const id = 'a-call-of-the-tests-0123456789';
    await store.jobs.begin({ id, provider: 'stub', model: 'stub-1', reservation });
    await store.jobs.end(id, 'unknown');
    expect(await faultOf(await post(`/api/jobs/${id}/resume`, {}))).toMatchObject({ code: 'job_not_resumable' });
    const huge = await faultOf(await post(`/api/jobs/${id}/settle`, { charged: true, usd: 1e99 }));
    expect(huge).toMatchObject({ status: 400, param: 'usd', message: '`usd` must be at most 1000000.' });
    const both = await faultOf(await post(`/api/jobs/${id}/settle`, { charged: false, usd: 1 }));
    expect(both).toMatchObject({ status: 400, param: 'usd' });
    expect((await post(`/api/jobs/${id}/settle`, { charged: true, usd: 0.5 })).status).toBe(200);
    for (const action of ['resume', 'settle']) {
      const body = action === 'settle' ? { charged: false } : {};
      expect(await faultOf(await post(`/api/jobs/${id}/${action}`, body))).toMatchObject({ code: 'job_ended' });
    }
  });
});

it('S21: an error has no path of the server', async () => {
  const answers = await Promise.all([
    send('/api/images/0123456789abcdef'),
    post('/api/edit', { ...FOX, inputImages: ['data:image/png;base64,AA=='] }),
    post('/api/generate', { ...FOX, provider: 'nothing' }),
  ]);
  for (const answer of answers) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.text()).not.toContain(store.directory);
  }
});
