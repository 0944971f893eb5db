/** Loads ts-morph and dependency-cruiser, which are optional peer dependencies, when a check first needs them. */

/** @throws Error that names the package to install */
export function loadTsMorph(): Promise<typeof import('ts-morph')> {
  return import('ts-morph').catch((cause) => {
    throw missing('ts-morph', 'source rules', cause);
  });
}

/** @throws Error that names the package to install */
export function loadDependencyCruiser(): Promise<typeof import('dependency-cruiser')> {
  return import('dependency-cruiser').catch((cause) => {
    throw missing('dependency-cruiser', 'layer rules', cause);
  });
}

/** Any other load error is returned unchanged, because installing the package would not help. */
function missing(name: string, purpose: string, cause: unknown): unknown {
  const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
  if (!isAbsent || !cause.message.includes(`'${name}'`)) return cause;
  return new Error(
    `governance: the ${purpose} need the package ${name}, which is not installed. Run: npm install --save-dev ${name}`,
    { cause },
  );
}
