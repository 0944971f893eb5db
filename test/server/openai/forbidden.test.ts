/** Fields that would change where a request goes, with which key, or where its images are written. */
import { describe, expect, it } from 'vitest';
import { useServersWithVendors } from '../clients/support.ts';
import { TOKEN } from '../support.ts';

const start = useServersWithVendors();

const NAMES = [
  ...['extra_headers', 'base_url', 'baseUrl', 'baseURL', 'api_key', 'apiKey', 'output_path', 'outputPath'],
  ...['provider_options', 'providerOptions', 'extra_body', 'extra-query'],
];
const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'prototype'];

const send = (url: string, body: string | FormData, path = '/v1/images/generations') =>
  fetch(`${url}${path}`, {
    method: 'POST',
    body,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
    },
  });

const places = (name: string): readonly string[] => [
  `{"prompt":"a fox","${name}":{"x":"http://169.254.169.254/"}}`,
  `{"prompt":"a fox","svg":{"${name}":"x"}}`,
  `{"prompt":"a fox","unknown":[{"deep":{"${name}":1}}]}`,
];

describe('a request to generate', () => {
  it.each(NAMES)('S28: is refused with %s anywhere in it, and nothing is sent', async (name) => {
    const { url, vendor } = await start();
    for (const body of places(name)) {
      const answer = await send(url, body);
      expect(answer.status, body).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { code: 'invalid_field', param: name } });
    }
    expect(vendor.submits).toHaveLength(0);
  });

  it.each(PROTOTYPE_NAMES)('S27: is refused with %s anywhere in it, and no prototype changes', async (name) => {
    const { url, vendor } = await start();
    for (const body of places(name)) expect((await send(url, body)).status, body).toBe(400);
    expect(vendor.submits).toHaveLength(0);
    expect(({} as Readonly<Record<string, unknown>>).x).toBeUndefined();
  });

  it('reaches the vendor without such a field', async () => {
    const { url, vendor } = await start();
    const answer = await send(
      url,
      '{"prompt":"a fox with an api_key and a __proto__","unknown":[{"deep":{"name":1}}]}',
    );
    expect(answer.status).toBe(200);
    expect(vendor.submits).toHaveLength(1);
  });
});

describe('a form', () => {
  it.each([...NAMES, ...PROTOTYPE_NAMES].flatMap((name) => [name, `svg[${name}]`, `${name}[x]`]))(
    'S27, S28: is refused with the field %s',
    async (name) => {
      const { url, vendor } = await start();
      const form = new FormData();
      form.set('prompt', 'a fox');
      form.set(name, 'x');
      const answer = await send(url, form, '/v1/images/edits');
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { code: 'invalid_field' } });
      expect(vendor.submits).toHaveLength(0);
    },
  );
});
