/** For a test that holds a promise in milliseconds: a busy machine delays it now and then, slow code each time. */
export const TIMED = { retry: 2 } as const;
