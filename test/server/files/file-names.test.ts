import { describe, expect, it } from 'vitest';
import { contentDisposition } from '../../../src/apps/server/files/content-disposition.ts';
import { publicOrigin } from '../../../src/apps/server/files/public-origin.ts';
import { sniffType } from '../../../src/apps/server/files/sniff-type.ts';
import type { ServerRequest } from '../../../src/apps/server/http/server-context.ts';

describe('the name of a file in Content-Disposition', () => {
  it.each([
    ['a-fox.png', 'inline; filename="a-fox.png"'],
    ["ä'(b)*.png", `inline; filename="_'(b)*.png"; filename*=UTF-8''%C3%A4%27%28b%29%2A.png`],
    ['a"; x="b', `inline; filename="a__ x=_b"; filename*=UTF-8''a%22%3B%20x%3D%22b`],
    ['a\r\nSet-Cookie: x', `inline; filename="a__Set-Cookie: x"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x`],
    ['\ud800', `inline; filename="_"; filename*=UTF-8''%EF%BF%BD`],
  ])('cannot break out of the header: %j', (name, header) => {
    expect(contentDisposition('inline', name)).toBe(header);
    expect(() => new Headers({ 'content-disposition': header })).not.toThrow();
  });
});

describe('the type of bytes', () => {
  const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  it.each([
    ['\x89PNG\r\n\x1a\n', 'image/png', true],
    ['\xff\xd8\xff\xe0', 'image/jpeg', true],
    ['GIF89a', 'image/gif', true],
    ['RIFF\0\0\0\0WEBPVP8 ', 'image/webp', true],
    ['\0\0\0\x20ftypavif', 'image/avif', true],
    ['<svg xmlns="x">', 'image/svg+xml', false],
    ['\xef\xbb\xbf \n<?xml version="1.0"?>', 'image/svg+xml', false],
    ['<!doctype html>', 'application/octet-stream', false],
    ['%PDF-1.7', 'application/octet-stream', false],
    ['GIF8/*', 'application/octet-stream', false],
    ['', 'application/octet-stream', false],
  ])('%j is %s', (text, mediaType, isSafeInline) => {
    expect(sniffType(bytesOf(text))).toEqual({ mediaType, isSafeInline });
  });
});

describe('the address of the server in links', () => {
  const origin = (settings: object, headers: Record<string, string> = {}) =>
    publicOrigin(
      { req: { url: 'http://images.example.com:4242/x?y', header: (name: string) => headers[name] } } as ServerRequest, // what it reads
      { settings } as never, // what it reads
    );

  it('is that of the request, or publicUrl without a slash at its end', () => {
    expect(origin({})).toBe('http://images.example.com:4242');
    expect(origin({ publicUrl: 'https://a.example/images/' })).toBe('https://a.example/images');
  });

  it('is https behind a trusted proxy that says so', () => {
    expect(origin({ trustProxy: true }, { 'x-forwarded-proto': 'https' })).toBe('https://images.example.com:4242');
    expect(origin({}, { 'x-forwarded-proto': 'https' })).toBe('http://images.example.com:4242');
  });
});
