/** The server as a whole. */
import { expect, it } from 'vitest';
import { useServers } from './support.ts';

const start = useServers();

it('answers an unknown path with an error in the form of OpenAI', async () => {
  const { send } = await start();
  const answer = await send('/nowhere');
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({
    error: { message: 'There is no GET /nowhere.', type: 'invalid_request_error', param: null, code: 'not_found' },
  });
});
