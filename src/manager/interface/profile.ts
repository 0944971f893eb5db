/** What a manager's settings say about callers: profiles, styles, preferences and budgets. */
import type { ManagerRequest } from './request.ts';

/** A named style: text that is added to the prompt. */
export interface StylePreset {
  readonly prompt: string;
  readonly negativePrompt?: string;
}

/** The rules for a group of callers. */
export interface Profile {
  /** @default true */
  readonly enabled?: boolean;
  /** @default all */
  readonly allowedProviders?: readonly string[];
  /** @default no limit */
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
  readonly perCallUsd?: number;
  /** A call without a session counts as a session of its own. */
  readonly perSessionUsd?: number;
  /** Per day in UTC. */
  readonly perDayUsd?: number;
  /** Per month in UTC. */
  readonly perMonthUsd?: number;
  /** By project, which is `metadata.costCenter`. */
  readonly perProjectUsd?: Readonly<Record<string, number>>;
  /** For each project that is not in `perProjectUsd`. @default no limit */
  readonly perProjectDefaultUsd?: number;
  /** Models (`'provider/model'`) that may be used although their price is unknown. @default none, where a limit is set */
  readonly allowUnpriced?: readonly string[];
}

/** What the results that were passed to `rememberPreferences` for a profile have in common. */
export interface Preferences {
  readonly style?: string;
  readonly size?: string;
  readonly model?: string;
  /** Colours, the most frequent first. */
  readonly palette: readonly string[];
}

/** The facts about a result passed to `rememberPreferences` that count for preferences. */
export interface Remembered {
  readonly prompt: string;
  readonly style?: string | undefined;
  readonly size?: string | undefined;
  readonly model?: string | undefined;
}

/** Stores the preferences of profiles. */
export interface StyleMemory {
  remember(profile: string, result: Remembered): void;
  recall(profile: string): Preferences;
  erase(profile: string): void;
}
