import { Writable } from 'node:stream';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { coloursOf, previewOf, previewProtocol } from '../../../../../src/apps/cli/output/preview/preview.ts';
import { createTerminal } from '../../../../../src/apps/cli/output/terminal/terminal.ts';

const TRUE_COLOUR = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };
const FOOT = { TERM: 'foot' };

/** Replaces control characters by letters, so that tests can match them. */
const visible = (text: string): string => text.replaceAll('\u001b', '␛').replaceAll('\u0007', '␇');

type Colour = readonly [red: number, green: number, blue: number, alpha?: number];

/** @param rows colours from the top, each row of the same length */
async function png(rows: readonly (readonly Colour[])[], scale = 1): Promise<Uint8Array> {
  const raw = Uint8Array.from(rows.flat().flatMap(([red, green, blue, alpha = 255]) => [red, green, blue, alpha]));
  const [width, height] = [rows[0]?.length ?? 0, rows.length];
  const sampleImage = sharp(raw, { raw: { width, height, channels: 4 } });
  return await sampleImage
    .resize(width * scale, height * scale, { kernel: 'nearest' })
    .png()
    .toBuffer();
}

/** Returns what a terminal shows: each character as its upper and its lower pixel. */
function readBlocks(text: string): readonly (readonly (string | undefined)[])[] {
  return visible(text)
    .split('\n')
    .flatMap((line) => {
      const [upper, lower]: [(string | undefined)[], (string | undefined)[]] = [[], []];
      let code = '';
      for (const [, codes, letter] of line.matchAll(/␛\[([\d;]*)m|([▀▄ ])/g)) {
        if (codes !== undefined) code = codes;
        else {
          const front = /(?:^|;)38;(2;\d+;\d+;\d+|5;\d+)/.exec(code)?.[1];
          const back = /(?:^|;)48;(2;\d+;\d+;\d+|5;\d+)/.exec(code)?.[1];
          upper.push(letter === '▀' ? front : letter === '▄' ? back : undefined);
          lower.push(letter === '▄' ? front : letter === '▀' ? back : undefined);
        }
      }
      expect(line.endsWith('␛[0m')).toBe(true);
      return [upper, lower];
    });
}

/** Returns what a terminal shows. */
function readSixels(text: string): readonly (readonly (string | undefined)[])[] {
  const [, width = '0', height = '0', body = ''] = /^␛P0;1;0q"1;1;(\d+);(\d+)([^␛]*)␛\\$/.exec(visible(text)) ?? [];
  const pixels = Array.from({ length: Number(height) }, () => Array<string | undefined>(Number(width)).fill(undefined));
  const palette = new Map<string, string>();
  let [x, top, colour] = [0, 0, ''];
  for (const [token] of body.matchAll(/#\d+;2;\d+;\d+;\d+|#\d+|!\d+[?-~]|[?-~]|[$-]/g)) {
    const [, name = '', values] = /^#(\d+)(?:;2;(.+))?$/.exec(token) ?? [];
    if (values !== undefined) palette.set(name, values);
    else if (token.startsWith('#')) colour = palette.get(name) ?? 'unknown';
    else if (token === '$') x = 0;
    else if (token === '-') [x, top] = [0, top + 6];
    else {
      const bits = (token.codePointAt(token.length - 1) ?? 0) - 63;
      const count = token.startsWith('!') ? Number(token.slice(1, -1)) : 1;
      for (let end = x + count; x < end; x++)
        for (let y = 0; y < 6; y++) if (bits & (1 << y)) pixels[top + y]![x] = colour;
    }
  }
  return pixels;
}

const [RED, GREEN, BLUE, CLEAR]: Colour[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [9, 9, 9, 0],
];

describe('half blocks', () => {
  it('show two pixels per character, and leave transparent pixels alone', async () => {
    const text = await previewOf(
      await png([
        [RED!, GREEN!, CLEAR!],
        [BLUE!, CLEAR!, RED!],
        [CLEAR!, GREEN!, BLUE!],
      ]),
      'png',
      TRUE_COLOUR,
    );
    const [red, green, blue] = ['2;255;0;0', '2;0;255;0', '2;0;0;255'];
    expect(readBlocks(text)).toEqual([
      [red, green, undefined],
      [blue, undefined, red],
      [undefined, green, blue],
      [undefined, undefined, undefined],
    ]);
  });

  it('use the nearest of 256 colours without 24-bit support', async () => {
    const text = await previewOf(await png([[RED!], [[90, 180, 250]]]), 'png', { TERM: 'xterm-256color' });
    expect(readBlocks(text)).toEqual([['5;196'], [`5;${16 + 36 + 6 * 3 + 5}`]]);
    expect([coloursOf({}), coloursOf({ COLORTERM: '24bit' })]).toEqual(['256', '24bit']);
  });

  it.each([
    [40, 400, 200, 40, 20],
    [10, 400, 200, 10, 6],
    [500, 400, 200, 80, 40],
    [80, 100, 1000, 8, 80],
    [80, 5000, 1, 80, 2],
    [80, 3, 2, 3, 2],
  ])(
    'in %i columns an image of %ix%i has %i columns and %i rows of pixels',
    async (columns, width, height, wide, high) => {
      const bytes = await sharp({ create: { width, height, channels: 3, background: '#123456' } })
        .png()
        .toBuffer();
      const rows = readBlocks(await previewOf(bytes, 'png', TRUE_COLOUR, columns));
      expect({ wide: rows[0]?.length, high: rows.length }).toEqual({ wide, high });
      expect(new Set(rows.flat().filter((each) => each !== undefined))).toEqual(new Set(['2;18;52;86']));
    },
  );

  it('average the pixels of a larger image', async () => {
    const stripes = Array.from({ length: 160 }, (_, x): Colour => (x % 2 === 0 ? [0, 0, 0] : [200, 100, 50]));
    const rows = readBlocks(await previewOf(await png([stripes, stripes, stripes, stripes]), 'png', TRUE_COLOUR));
    expect(new Set(rows.flat())).toEqual(new Set(['2;100;50;25']));
  });
});

describe('sixels', () => {
  it('show every pixel in its colour', async () => {
    const rows = Array.from({ length: 8 }, (_, y) =>
      Array.from({ length: 9 }, (_, x): Colour => (x === y ? CLEAR! : x < 5 ? RED! : y < 4 ? GREEN! : BLUE!)),
    );
    const names = new Map<Colour, string>([
      [RED!, '100;0;0'],
      [GREEN!, '0;100;0'],
      [BLUE!, '0;0;100'],
    ]);
    expect(readSixels(await previewOf(await png(rows), 'png', FOOT))).toEqual(
      rows.map((row) => row.map((colour) => names.get(colour))),
    );
  });

  it('are limited to a part of the screen', async () => {
    const drawn = readSixels(await previewOf(await png([[RED!, BLUE!]], 700), 'png', FOOT));
    expect({ width: drawn[0]?.length, height: drawn.length }).toEqual({ width: 480, height: 240 });
    expect([drawn[0]?.[0], drawn[239]?.[479]]).toEqual(['100;0;0', '0;0;100']);
  });
});

describe('the preview protocol of a terminal', () => {
  it.each([
    [{ KITTY_WINDOW_ID: '1', TERM: 'xterm-kitty' }, 'kitty'],
    [{ TERM: 'xterm-ghostty' }, 'kitty'],
    [{ TERM_PROGRAM: 'iTerm.app' }, 'iterm'],
    [{ TERM_PROGRAM: 'WezTerm' }, 'iterm'],
    [{ LC_TERMINAL: 'iTerm2', TERM: 'xterm' }, 'iterm'],
    [{ TERM: 'foot' }, 'sixel'],
    [{ KONSOLE_VERSION: '220400' }, 'sixel'],
    [{ KONSOLE_VERSION: '210800' }, 'blocks'],
    [{ KITTY_WINDOW_ID: '1', TMUX: '/tmp/tmux', TERM: 'screen-256color' }, 'blocks'],
    [{ TERM: 'xterm-256color' }, 'blocks'],
    [{}, 'blocks'],
    [{ TERM: 'dumb' }, undefined],
  ])('%j: %s', (env, means) => {
    expect(previewProtocol(env)).toBe(means);
  });

  it('iTerm2 takes any format; kitty takes PNG in pieces', async () => {
    const jpeg = await sharp(await png([[RED!]]))
      .jpeg()
      .toBuffer();
    const iterm = await previewOf(jpeg, 'jpeg', { TERM_PROGRAM: 'iTerm.app' });
    expect(Buffer.from(/:([^␇]*)␇$/.exec(visible(iterm))?.[1] ?? '', 'base64')).toEqual(jpeg);
    const noise = Array.from({ length: 64 }, (_, y) =>
      Array.from({ length: 64 }, (_, x): Colour => [(x * 37 + y * y * 11) % 256, (x * y * 7) % 256, (x * x) % 256]),
    );
    const bytes = await png(noise);
    const kitty = [
      ...visible(await previewOf(bytes, 'png', { TERM: 'xterm-kitty' })).matchAll(/␛_G([^;]*);([^␛]*)␛\\/g),
    ];
    expect(Buffer.from(kitty.map(([, , piece]) => piece).join(''), 'base64')).toEqual(bytes);
    expect(kitty.map(([, control]) => control?.slice(-3))).toEqual([...kitty.slice(1).map(() => 'm=1'), 'm=0']);
    expect(kitty.length).toBeGreaterThan(1);
  });

  it.each([
    ['jpeg', TRUE_COLOUR, 'the image is jpeg'],
    ['webp', { TERM: 'xterm-kitty' }, 'the image is webp'],
    ['png', { TERM: 'dumb' }, 'this terminal shows text only'],
  ] as const)('%s in %j: says why there is no preview', async (format, env, why) => {
    const bytes = await sharp(await png([[RED!]]))
      [format]()
      .toBuffer();
    const text = await previewOf(bytes, format, env);
    expect(text).toContain(`no preview: `);
    expect(text).toContain(why);
    expect(visible(text)).not.toContain('␛');
  });

  it('a damaged image does not fail the command', async () => {
    const bytes = (await png([[RED!]])).slice(0, 40);
    expect(await previewOf(bytes, 'png', TRUE_COLOUR)).toContain('no preview');
  });
});

describe('where a preview is shown', () => {
  it('only in a terminal, as wide as the terminal', async () => {
    const bytes = await png([[RED!]], 300);
    const written: string[] = [];
    const stream = () =>
      new Writable({
        write(chunk, _, done) {
          written.push(String(chunk));
          done();
        },
      });
    const [stdout, watched] = [stream(), Object.assign(stream(), { isTTY: true, columns: 12 })];
    const make = (columns: number | undefined) => previewOf(bytes, 'png', TRUE_COLOUR, columns);
    await createTerminal({ stdout, stderr: stream() }, String).image(make);
    expect(written).toEqual([]);
    await createTerminal({ stdout, stderr: watched }, String).image(make);
    expect(readBlocks(written.join('').trimEnd())[0]).toHaveLength(12);
  });
});
