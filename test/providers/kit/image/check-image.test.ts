import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkImage } from '../../../../src/providers/kit/image/check-image.ts';
import { DEFAULT_IMAGE_LIMITS } from '../../../../src/providers/kit/image/image-rules.ts';
import { headerChunk, pngWith } from './make-png.ts';
import { files, noise, svg, text } from './samples.ts';

const raster = ['png', 'jpeg', 'webp', 'gif', 'avif'] as const;
const limits = DEFAULT_IMAGE_LIMITS;
const check = (bytes: Uint8Array, rules = {}) => checkImage(bytes, { allowed: raster, ...rules });
const drawing = (inside: string, attributes = 'width="4" height="3"') =>
  checkImage(svg(inside, attributes), { ...limits, allowed: ['svg'] });

describe('checkImage', () => {
  it('returns what the bytes are', () => {
    const image = { format: 'webp', mediaType: 'image/webp', width: 37, height: 23 };
    expect(checkImage(files.webp, { ...limits, allowed: raster })).toEqual({ ok: true, image });
  });

  it('B08: checkImage returns JPEG for JPEG bytes, whatever type was declared', () => {
    expect(check(files.jpeg)).toMatchObject({ ok: true, image: { format: 'jpeg', mediaType: 'image/jpeg' } });
  });

  it('B05: checkImage refuses a truncated image', () => {
    expect(check(files.png.subarray(0, files.png.length * 0.6))).toEqual({
      ok: false,
      code: 'bad_response',
      reason: 'is a PNG file that ends inside chunk IDAT',
    });
  });

  it('B06: checkImage refuses a web page', () => {
    expect(check(text('<html>Log in</html>'))).toMatchObject({
      code: 'bad_response',
      reason: 'looks like an HTML page',
    });
  });

  it('B13: checkImage refuses a 30000x30000 bomb without inflating it', () => {
    const bomb = pngWith(headerChunk(30_000, 30_000, 8, 0), deflateSync(Buffer.alloc(30_001 * 1000)));
    const before = process.memoryUsage().arrayBuffers;
    expect(check(bomb)).toEqual({
      ok: false,
      code: 'too_large',
      reason: 'is 30000x30000 pixels large; at most 100000000 pixels are allowed',
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  it('B21: checkImage refuses more frames than allowed, and counts the pixels of all of them', () => {
    expect(check(files.gifAnimated, { maxFrames: 2 })).toMatchObject({
      code: 'too_large',
      reason: expect.stringMatching(/3 frames; at most 2/),
    });
    expect(check(files.gifAnimated, { maxPixels: 16 * 8 * 3 })).toMatchObject({ ok: true });
    expect(check(files.webpAnimated, { maxPixels: 16 * 8 * 3 - 1 })).toMatchObject({ code: 'too_large' });
    expect(check(Buffer.from('II*\0\x08\0\0\0'))).toMatchObject({
      reason: expect.stringMatching(/TIFF file, which is not supported/),
    });
  });

  it('refuses too many bytes before reading them', () => {
    expect(check(files.png, { maxBytes: 100 })).toMatchObject({
      code: 'too_large',
      reason: expect.stringMatching(/at most 100 are allowed/),
    });
  });

  it('B18: checkImage refuses everything when a limit is not a number', () => {
    for (const name of ['maxBytes', 'maxPixels', 'maxFrames']) {
      expect(check(files.png, { [name]: Number.NaN }), name).toMatchObject({ ok: false, code: 'too_large' });
    }
  });

  it('B26: checkImage accepts a real 4K image of 20 MB with the default limits', () => {
    const idat = noise(20_000_000, 1, 1);
    expect(check(pngWith(headerChunk(3840, 2160), idat))).toMatchObject({
      ok: true,
      image: { width: 3840, height: 2160 },
    });
  });

  it('refuses a format that was not requested, and names the allowed ones', () => {
    expect(check(files.gif, { allowed: ['png', 'webp'] })).toEqual({
      ok: false,
      code: 'bad_response',
      reason: 'is a GIF file, which was not requested; allowed: png, webp',
    });
  });
});

describe('checkImage on SVG', () => {
  it('B07: checkImage refuses an SVG instead of a raster image', () => {
    expect(check(svg())).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/is an SVG file, which was not requested/),
    });
    expect(check(svg('<script>alert(1)</script>'))).toMatchObject({ ok: false, code: 'bad_response' });
  });

  it.each([
    [
      'shapes, gradients, filters',
      '<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient></defs><rect fill="url(#a)" style="filter:url(#b);stroke: rgb(1, 2, 3)" transform="rotate(3 (1))"/>',
    ],
    [
      'a style sheet',
      '<style>.a { fill: url("#b"); font-family: "Noto \\201C" }</style><style><![CDATA[ .b { fill: red } ]]></style>',
    ],
    ['links inside the file', '<symbol id="s"/><use href="#s"/><use xlink:href=" #s"/>'],
    ['an embedded picture', '<image href="data:image/png;base64,iVBORw0KGgo="/>'],
    ['an embedded font', '<style>@font-face { font-family: a; src: url(data:font/woff2;base64,d09G) }</style>'],
    [
      'private data of editors',
      '<sodipodi:namedview xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" id="a"/><metadata><x:y xmlns:x="http://example.com/"/></metadata>',
    ],
    ['animation', '<circle><animate attributeName="r" values="1;2" dur="1s"/></circle>'],
    ['text that speaks of scripts', '<text>on: &lt;script&gt; url(http://example.com) @import</text>'],
  ])('B07: checkImage accepts an inert drawing with %s', (_, inside) => {
    expect(drawing(inside)).toEqual({
      ok: true,
      image: { format: 'svg', mediaType: 'image/svg+xml', width: 4, height: 3 },
    });
  });

  it.each([
    ['a script', '<script>alert(1)</script>', /script element/],
    [
      'a script of another case or prefix',
      '<s:Script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:Script>',
      /script element/,
    ],
    ['foreign content', '<foreignObject><p>x</p></foreignObject>', /foreignobject element/],
    ['HTML in a namespace', '<h:img xmlns:h="http://www.w3.org/1999/xhtml" src=""/>', /HTML/],
    ['an HTML element', '<iframe srcdoc="x"/>', /not part of a drawing/],
    ['an event handler', '<rect onload="alert(1)"/>', /event handler/],
    ['an event handler in capitals', '<rect ONCLICK="alert(1)"/>', /event handler/],
    ['a script link', '<a href="javascript:alert(1)"><rect/></a>', /javascript: link/],
    [
      'a script link in entities and blanks',
      '<a xlink:href="java&#10;scr&#x69;pt&#58;alert(1)"><rect/></a>',
      /javascript: link/,
    ],
    ['an animated link', '<a><animate attributeName="xlink:href" values="#b"/></a>', /animation of a link/],
    ['an animated handler', '<set attributeName="onclick" to="alert(1)"/>', /animation of a link/],
    [
      'a script link inside an animation',
      '<a><animate attributeName="x" values="#b;javascript:alert(1)"/></a>',
      /javascript: link/,
    ],
    ['a picture from elsewhere', '<image href="https://example.com/a.png"/>', /outside the file/],
    ['a picture from the same host', '<image href="/a.png"/>', /outside the file/],
    ['a drawing inside a data link', '<image href="data:image/svg+xml;base64,PHN2Zz4="/>', /outside the file/],
    ['a shape from another file', '<use href="a.svg#b"/>', /outside the file/],
    ['another base', '<g xml:base="https://example.com/"/>', /outside the file/],
    ['a paint from elsewhere', '<rect fill="url(https://example.com/a#b)"/>', /outside the file/],
    ['a style that loads', '<rect style="background:URL( \'//example.com\' )"/>', /outside the file/],
    ['a style that loads, in escapes', '<style>a{background:u\\72l(//example.com)}</style>', /outside the file/],
    ['a style that imports', '<style>@import "//example.com";</style>', /active style/],
    ['a style that imports, in a CDATA section', '<style><![CDATA[@import "//example.com";]]></style>', /active style/],
    ['a style that imports, in entities', '<style>&#64;import "//example.com";</style>', /active style/],
    ['a style that imports, divided by a comment', '<style>@imp<!-- -->ort "//example.com";</style>', /active style/],
    [
      'a style that imports, divided by a section',
      '<style>@imp<![CDATA[ort "//example.com";]]></style>',
      /active style/,
    ],
    ['an element inside a style sheet', '<style><g/>@import "//example.com";</style>', /element inside a style/],
    ['a link that only looks internal', '<use href="\u200b#a"/>', /outside the file/],
    ['a data link that is none', '<image href="da ta:image/png,x"/>', /outside the file/],
    [
      'markup in an attribute, which HTML may take for elements',
      '<title><a id="</title><script>alert(1)</script>"/></title>',
      /unescaped </,
    ],
    ['an image set', '<style>a{background:image-set("//example.com" 1x)}</style>', /outside the file/],
    ['a CDATA section that HTML would end early', '<title><![CDATA[><script>alert(1)</script>]]></title>', /CDATA/],
    ['an instruction that HTML would end early', '<?x ><script>alert(1)</script>?>', /processing instruction/],
    ['a comment that HTML would end early', '<!--><script>alert(1)</script>-->', /damaged comment/],
  ])('B07: checkImage refuses %s', (_, inside, reason) => {
    expect(drawing(inside)).toMatchObject({ ok: false, code: 'bad_response', reason: expect.stringMatching(reason) });
  });

  it('B07: checkImage refuses a style sheet loaded by a processing instruction, and a handler on the root', () => {
    const sheet = text('<?xml-stylesheet href="//example.com/a.css"?><svg width="1" height="1"/>');
    expect(checkImage(sheet, { allowed: ['svg'] })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/processing instruction/),
    });
    expect(drawing('', 'width="1" height="1" onload="alert(1)"')).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/event handler/),
    });
  });

  it('X04: checkImage takes linear time on malicious drawings', () => {
    const often = 100_000;
    for (const inside of [
      `<rect style="${'url('.repeat(often)}"/>`,
      `<rect style="(${'image '.repeat(often)}"/>`,
      `<rect style="(image${' '.repeat(often)}"/>`,
      `<rect style="(${'\\6'.repeat(often)}"/>`,
      `<rect a="${'java'.repeat(often)}"/>`,
      '<g a="("/>'.repeat(often),
    ]) {
      const before = performance.now();
      drawing(inside);
      expect(performance.now() - before).toBeLessThan(5000); // quadratic work takes minutes
    }
  });
});
