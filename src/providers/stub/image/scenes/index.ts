import type { SceneId } from '../subject.ts';
import { city } from './city.ts';
import { contours } from './contours.ts';
import { facets } from './facets.ts';
import { hills } from './hills.ts';
import { orbs } from './orbs.ts';
import { ribbons } from './ribbons.ts';
import type { Scene } from './scene.ts';
import { tiles } from './tiles.ts';
import { waves } from './waves.ts';

export const scenes: Readonly<Record<SceneId, Scene>> = { hills, waves, ribbons, tiles, facets, city, orbs, contours };
