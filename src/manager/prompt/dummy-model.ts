/** The stub generates the image offline, without a key or a call. */
export const DUMMY = 'dummy';
