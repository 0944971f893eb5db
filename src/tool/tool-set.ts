/** The state of one set of tools. */
import type { ImageManager } from '../manager/interfaces/image-manager.ts';
import type { Session } from '../manager/interfaces/request.ts';
import type { Store } from '../store/store.ts';
import type { BegunCall } from './calls/begun-call.ts';
import type { ToolCallRunner } from './calls/call-runner.ts';
import type { ToolClock } from './calls/clock.ts';
import type { SessionLimits } from './calls/session-limits.ts';
import type { ToolCallContext, ToolName } from './image-tools.ts';
import type { ImageToolsSettings } from './settings.ts';
import type { ToolFailure } from './tool-result.ts';

type Optional = 'profile' | 'linkOf' | 'runner';

/** The settings with their defaults. */
export type FilledSettings = Pick<ImageToolsSettings, Optional> & {
  readonly [K in Exclude<keyof ImageToolsSettings, Optional>]-?: Exclude<ImageToolsSettings[K], undefined>;
};

/** A set of tools: what its calls share. */
export interface ToolSet {
  readonly manager: ImageManager;
  readonly store: Store;
  readonly settings: FilledSettings;
  readonly runner: ToolCallRunner;
  readonly limits: SessionLimits;
  readonly clock: ToolClock;
  /** Counts the images for the limit of the profile, if the settings have one. */
  readonly session: Session | undefined;
  /** A random id. Short call ids count within it. */
  readonly id: string;
  /** Calls that are being started, by call id: the same call twice at once is started once. */
  readonly starting: Map<string, Promise<BegunCall | ToolFailure>>;
  /** The ids by which the runner finds calls, by call id. The oldest is first. */
  readonly jobIds: Map<string, string>;
  /** The latest image that these tools generated. */
  readonly newest: { id?: string };
}

/** One call of a tool. */
export interface ToolRun {
  readonly set: ToolSet;
  readonly tool: ToolName;
  readonly context: ToolCallContext;
}
