/** What requests load that have more than a prompt, a model, a number and a format. `generateImage` adds a size to every request. */
export { formatFor, sizeFor } from './canonical-defaults.ts';
export { ALL_STEPS } from './resolve-fields.ts';
