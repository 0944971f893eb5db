import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvider, StubProvider } from '../../src/index.ts';

/** Host apps that mock the network with msw see our requests, because the platform's fetch is looked up at each call. */
describe('a host app that uses msw', () => {
  let requests = 0;
  const server = setupServer(
    http.post('https://api.openai.com/v1/images/generations', async ({ request }) => {
      requests++;
      const { prompt } = (await request.json()) as { prompt: string };
      if (prompt === 'fail') return HttpResponse.json({ error: { message: 'out of order' } }, { status: 500 });
      const { imageBytes } = await new StubProvider().generateImage(prompt, { size: '64x64' });
      return HttpResponse.json({ data: [{ b64_json: Buffer.from(imageBytes).toString('base64') }] });
    }),
  );
  beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
  afterEach(() => {
    requests = 0;
  });
  afterAll(() => server.close());

  const openai = createProvider('openai', { apiKey: 'sk-test-0123456789abcdef' });

  it('can replace the vendor', async () => {
    const { imageBytes } = await openai.generateImage('a boat');

    expect(imageBytes.subarray(1, 4)).toEqual(new TextEncoder().encode('PNG'));
    expect(requests).toBe(1);
  });

  it('observes that a request is not sent again after a 500', async () => {
    await expect(openai.generateImage('fail')).rejects.toMatchObject({ code: 'outcome_unknown', charged: 'unknown' });
    expect(requests).toBe(1);
  });
});
