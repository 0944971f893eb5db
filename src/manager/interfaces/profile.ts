/** What a manager's settings say about callers: profiles, styles, preferences and budgets. */
import type { ManagerRequest } from './request.ts';

/** A named style: text that is added to the prompt. */
export interface StylePreset {
  /** Text that is added to the prompt. */
  readonly prompt: string;
  /** Text that is added to the negative prompt, or to the prompt as exclusions if the model has none. */
  readonly negativePrompt?: string;
}

/** The rules for a group of callers. */
export interface Profile {
  /** Whether requests with this profile are accepted. @default true */
  readonly enabled?: boolean;
  /** Names of the providers that may be used. @default all */
  readonly allowedProviders?: readonly string[];
  /** Maximum number of images in one session. @default no limit */
  readonly maxImagesPerSession?: number;
  /** Text that is added to every prompt. */
  readonly styleGuidance?: string;
  /** Values for fields that a request leaves out. */
  readonly defaults?: Partial<Omit<ManagerRequest, 'prompt' | 'profile' | 'session'>>;
  /** Fills in style, size, model and colours from the results that were passed to `rememberPreferences`. @default false */
  readonly remembers?: boolean;
}

/** Limits in US dollars. Each one that is given applies. */
export interface BudgetLimits {
  /** For each call. */
  readonly perCallUsd?: number;
  /** A call without a session counts as a session of its own. */
  readonly perSessionUsd?: number;
  /** Per day in UTC. */
  readonly perDayUsd?: number;
  /** Per month in UTC. */
  readonly perMonthUsd?: number;
  /** By project, which is `metadata.costCenter`, at most 256 characters. */
  readonly perProjectUsd?: Readonly<Record<string, number>>;
  /** For each project that is not in `perProjectUsd`. @default no limit */
  readonly perProjectDefaultUsd?: number;
  /** By project, per day in UTC. */
  readonly perProjectPerDayUsd?: Readonly<Record<string, number>>;
  /** Models (`'provider/model'`) that may be used although their price is unknown. @default none, where a limit is set */
  readonly allowUnpriced?: readonly string[];
}

/** What the results that were passed to `rememberPreferences` for a profile have in common. */
export interface Preferences {
  /** The most frequent style. */
  readonly style?: string;
  /** The most frequent size. */
  readonly size?: string;
  /** The most frequent model. */
  readonly model?: string;
  /** Colours, the most frequent first. */
  readonly palette: readonly string[];
}

/** The facts about a result passed to `rememberPreferences` that count for preferences. */
export interface Remembered {
  /** The caller's own prompt. Its colours count. */
  readonly prompt: string;
  /** The style preset that was used. */
  readonly style?: string | undefined;
  /** The size that was used. */
  readonly size?: string | undefined;
  /** The model that was used. */
  readonly model?: string | undefined;
}

/** Stores the preferences of profiles. */
export interface StyleMemory {
  /** Records a good result for the profile. */
  remember(profile: string, result: Remembered): void;
  /** Returns the preferences of the profile; empty ones if nothing was recorded. */
  recall(profile: string): Preferences;
  /** Deletes everything that was recorded for the profile. */
  erase(profile: string): void;
}
