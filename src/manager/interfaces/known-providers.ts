import type { MediaProvider } from '../../providers/protocol/index.ts';

/** What the manager of the package root knows about the providers of this package. The entry `manager` does without, so that it contains none. */
export interface KnownProviders {
  /** Returns the id for an id or an alias. */
  readonly find: (name: string) => string | undefined;
  /** Says what to do about a name that no provider of the manager has. */
  readonly adviceFor: (name: string) => string;
  /** Creates the provider that generates dummy images. */
  readonly createStub: () => Required<MediaProvider>;
}
