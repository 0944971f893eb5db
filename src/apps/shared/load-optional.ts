/** Loads code that needs packages which not every program has installed. */
import { AiImageError } from '../../index.ts';

export interface OptionalPackages {
  /** What needs them, e.g. `a server`. */
  readonly user: string;
  readonly packages: readonly string[];
}

/** @throws AiImageError `not_configured`: one of the packages is not installed. Other errors stay as they are */
export async function loadOptional<T>(load: () => Promise<T>, { user, packages }: OptionalPackages): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const code = (cause as { readonly code?: unknown } | null)?.code;
    const isAbsent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    // With its quotes, because the path of a package that misses another one may contain the name too.
    const name = packages.find((each) => String(cause).includes(`'${each}'`));
    if (!isAbsent || name === undefined) throw cause;
    throw new AiImageError('not_configured', `${user} needs the package ${name}, which is not installed`, {
      charged: 'no',
      hint: `Run: npm install ${packages.join(' ')}`,
      cause,
    });
  }
}
