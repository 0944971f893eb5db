import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenReason } from '../../../src/transport/body/broken-blob.ts';
import { createEventParser, type ServerEvent } from '../../../src/transport/body/event-parser.ts';
import { readEvents } from '../../../src/transport/body/events.ts';
import { type BlobKeys, type BodyLimits, defaultLimits } from '../../../src/transport/body/limits.ts';
import { runsOf } from '../../support/full-size.ts';
import { endlessly, pour, reply, serve } from './loopback.ts';
import { cut, cuts, outcomeOf, utf8 } from './pieces.ts';

const blobs: BlobKeys = new Map([['b64_json', 'base64']]);

function parse(
  stream: string | Uint8Array,
  limits: Partial<BodyLimits> = {},
  lengths: readonly number[] = [],
): ServerEvent[] {
  const parser = createEventParser({ blobs, limits: { ...defaultLimits, ...limits } });
  const bytes = typeof stream === 'string' ? utf8(stream) : stream;
  return cut(bytes, lengths).flatMap((chunk) => [...parser.write(chunk)]);
}

describe('parsing an event stream', () => {
  it('returns name, data and id of each event, and parses JSON data', () => {
    expect(parse('event: image.partial\nid: 7\ndata: {"index":0,"b64_json":"AAEC"}\n\ndata: [1,2]\n\n')).toEqual([
      { event: 'image.partial', data: { index: 0, b64_json: Uint8Array.of(0, 1, 2) }, id: '7' },
      { event: 'message', data: [1, 2], id: '7' },
    ]);
  });

  it('returns data that is not JSON as text', () => {
    const texts = ['[DONE]', 'null', '12', '"x"', 'hello', '[', '', '[object Object]', ' {"a":1}'];
    const stream = texts.map((text) => `data: ${text}\n\n`).join('');
    expect(parse(stream).map(({ data }) => data)).toEqual(texts);
  });

  it.each(['\n', '\r', '\r\n'])('ends lines at %j', (newLine) => {
    const stream = [
      ': a comment',
      'event: a',
      'data: one',
      'data: two',
      'retry: 10',
      'unknown: 1',
      '',
      'data:three',
      '',
      '',
    ].join(newLine);
    expect(parse(stream)).toEqual([
      { event: 'a', data: 'one\ntwo' },
      { event: 'message', data: 'three' },
    ]);
  });

  it('strips one space after the colon and no more', () => {
    expect(parse('data:  x \n\n')).toEqual([{ event: 'message', data: ' x ' }]);
  });

  it('joins the lines of one JSON document', () => {
    expect(parse('data: {"a":\ndata: 1}\n\n')).toEqual([{ event: 'message', data: { a: 1 } }]);
  });

  it('returns an event for data without a value, and none without data', () => {
    expect(parse('data\n\ndata:\ndata\n\nevent: a\n\nid: 1\n\n\n\n')).toEqual([
      { event: 'message', data: '' },
      { event: 'message', data: '\n' },
    ]);
  });

  it('forgets the name of an event that had no data', () => {
    expect(parse('event: a\n\ndata: x\n\n')).toEqual([{ event: 'message', data: 'x' }]);
  });

  it('ignores an id with a NUL in it', () => {
    expect(parse('id: 1\ndata: x\n\nid: 2\0\ndata: y\n\n')).toEqual([
      { event: 'message', data: 'x', id: '1' },
      { event: 'message', data: 'y', id: '1' },
    ]);
  });

  it('skips one byte order mark at the beginning', () => {
    expect(parse('\uFEFFdata: x\n\n\uFEFFdata: y\n\n')).toEqual([{ event: 'message', data: 'x' }]);
    expect(parse(Uint8Array.of(0xef, 0xbb, ...utf8('\ndata: x\n\n')))).toEqual([{ event: 'message', data: 'x' }]);
  });

  it('returns no event that is cut off at the end of the stream', () => {
    for (const stream of ['data: x\n\ndata: y', 'data: x\n\ndata: y\n', 'data: x\n\ndata: {"a":']) {
      expect(parse(stream)).toEqual([{ event: 'message', data: 'x' }]);
    }
  });

  it('returns the same events for any chunk boundaries', () => {
    const line = fc.constantFrom(
      'data: {"b64_json":"AAEC"}',
      'data: {"a":',
      'data: "é"}',
      'data: [DONE]',
      'data',
      'event: é',
      'id: 1',
      ': c',
      'x',
      '',
      '',
      '\uFEFF',
    );
    const stream = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 12 })
      .map((lines) => lines.flat().join(''));
    fc.assert(
      fc.property(stream, cuts, (stream, cuts) => {
        expect(outcomeOf(() => parse(stream, {}, cuts))).toEqual(outcomeOf(() => parse(stream)));
      }),
      { numRuns: runsOf(2_000) },
    );
  });
});

describe('hostile event streams', () => {
  it('B14: the event reader returns the text of broken base64, marked as broken', () => {
    const parser = createEventParser({ blobs, limits: defaultLimits });
    const events = parser.write(utf8('data: {"b64_json":"AAEC"}\n\ndata: {"b64_json":"A!"}\n\n'));
    expect(events.next().value).toEqual({ event: 'message', data: { b64_json: Uint8Array.of(0, 1, 2) } });
    const { b64_json } = (events.next().value as { data: { b64_json: Uint8Array } }).data;
    expect(Buffer.from(b64_json).toString()).toBe('A!');
    expect(brokenReason(b64_json)).toContain('the base64 under "b64_json"');
  });

  it('B12: the event reader removes __proto__ from an event', () => {
    expect(parse('data: {"__proto__":1,"a":2}\n\n')).toEqual([{ event: 'message', data: { a: 2 } }]);
  });

  it('B09: the event reader stops at the limit for one event, JSON or text', () => {
    expect(() => parse(`data: ${'x'.repeat(100)}\n\n`, { maxBytes: 50 })).toThrow('longer than 50 bytes');
    expect(() => parse(`data: {"a":"${'x'.repeat(100)}"}\n\n`, { maxBytes: 50 })).toThrow('longer than 50 bytes');
    expect(parse('data: xxxxxxxxxxxxxxx\n\n'.repeat(10), { maxBytes: 50 })).toHaveLength(10);
  });

  it('cuts text that is longer than its limit', () => {
    expect(
      parse('data: 012345678é\n\ndata: {"a":"0123456789x"}\n\n', { maxTextBytes: 10 }).map(({ data }) => data),
    ).toEqual(['012345678…', { a: '0123456789…' }]);
  });

  it('refuses an endless event name, and ignores a field name of the same length', () => {
    expect(() => parse(`event: ${'x'.repeat(10_000)}`)).toThrow('longer than 4096 bytes');
    expect(parse(`${'x'.repeat(10_000)}: 1\ndata: x\n\n`)).toEqual([{ event: 'message', data: 'x' }]);
  });

  it('searches each part of a chunk once, however many lines are in it', () => {
    const started = performance.now();
    expect(parse(`${'data: x\n'.repeat(200_000)}\n`)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(5000); // a search to the end of the chunk for every line takes longer
  });
});

describe('reading events from a server', () => {
  it('yields each event as soon as it is complete, also with megabytes of base64', async () => {
    const image = randomBytes(3_000_000);
    let finish: () => void = () => undefined;
    const response = await reply((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: image\ndata: {"b64_json":"${image.toString('base64')}"}\n\n`);
      finish = () => response.end('data: [DONE]\n\n');
    });
    const events = readEvents(response, { blobs, mayReclaim: true });
    const first = (await events.next()).value as ServerEvent;
    expect(first.event).toBe('image');
    expect(Buffer.compare((first.data as { b64_json: Uint8Array }).b64_json, image)).toBe(0);
    finish();
    expect((await events.next()).value).toEqual({ event: 'message', data: '[DONE]' });
    expect((await events.next()).done).toBe(true);
  });

  it('closes the connection when the reader leaves the loop', async () => {
    const { url, clientGone } = await serve((response) => pour(response, endlessly(Buffer.from('data: x\n\n'))));
    for await (const _ of readEvents(await fetch(url))) break;
    await clientGone;
  });

  it('B09: the event reader stops an endless stream of comments', async () => {
    const { url, clientGone } = await serve((response) => pour(response, endlessly(Buffer.alloc(10_000, ': x\n'))));
    const events = readEvents(await fetch(url), { limits: { maxStreamBytes: 1_000_000 } });
    await expect(events.next()).rejects.toMatchObject({ fault: 'too_large' });
    await clientGone;
  });

  it('H16: the event reader rejects with the signal’s reason while the server is silent', async () => {
    const response = await reply((response) => response.write('data: x\n\n'));
    const events = readEvents(response, { signal: AbortSignal.timeout(50) });
    expect((await events.next()).value).toEqual({ event: 'message', data: 'x' });
    await expect(events.next()).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
