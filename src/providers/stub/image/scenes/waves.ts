/** Overlapping layers like cut paper: sea or dunes, with a large sun partly behind them. */
import { blend, ramp, shift } from '../paint/color.ts';
import { createLand, paintLand } from '../paint/land.ts';
import { noise1 } from '../paint/noise.ts';
import { mix, sinTurns } from '../paint/numbers.ts';
import { buildWithPauses } from '../paint/pause.ts';
import { createSky, createStars, createSun, findMatchingAccent, type Scene } from './scene.ts';

export const waves: Scene = async (context) => {
  const { width, height, unit, palette } = context;
  const random = context.random.fork('waves');
  const horizon = height * random.range(0.42, 0.54);
  const layers = 8 + random.int(4);
  const lean = random.range(0.12, 0.3) * (random.chance(0.5) ? 1 : -1);
  const accent = context.subject.namedColors[0] ?? findMatchingAccent(palette.accents, palette.far);
  const spray = blend(palette.accents[4] ?? palette.paper, palette.light, 0.3);
  const sheets = await buildWithPauses(layers, (layer) => {
    const nearness = layer / (layers - 1);
    const base = mix(horizon, height * 0.96, nearness * (0.7 + 0.3 * nearness));
    const length = unit * mix(0.42, 0.95, nearness) * random.range(0.85, 1.2);
    const tall = unit * mix(0.022, 0.075, nearness);
    const phase = random.next();
    const seed = random.fork(`sheet ${layer}`).seed;
    const color = blend(
      blend(palette.far, accent, Math.min(1, nearness * 1.9) * 0.75),
      palette.near,
      Math.max(0, nearness - 0.35) * 1.35,
    );
    const crest = (x: number): number => {
      const at = x / length + phase + 0.35 * noise1(seed, (x / length) * 0.6);
      const swell = sinTurns(at + lean * sinTurns(at + 0.1));
      const sharp = swell > 0 ? swell * (0.6 + 0.4 * swell) : swell * 0.8;
      return base - tall * (0.75 + 0.45 * noise1(seed ^ 5, x / length / 2)) * sharp;
    };
    return {
      land: createLand(width, crest),
      paint: {
        ramp: ramp([shift(color, 0.07), color, shift(color, -0.07)]),
        depth: unit * mix(0.1, 0.26, nearness),
        shadow: { reach: unit * mix(0.012, 0.05, nearness), strength: 0.3 },
        rim: { reach: Math.max(1, unit * mix(0.004, 0.009, nearness)), strength: 0.85, color: spray },
      },
    };
  });
  const sky = createSky(context, horizon * 1.05, 0.05);
  const sun = createSun(
    context,
    width * random.range(0.34, 0.66),
    horizon - unit * random.range(0.02, 0.12),
    unit * random.range(0.15, 0.21),
  );
  const stars = palette.isNight ? createStars(context, horizon) : undefined;
  return (band) => {
    sky(band);
    stars?.(band);
    sun(band);
    for (const { land, paint } of sheets) paintLand(band, land, paint);
  };
};
