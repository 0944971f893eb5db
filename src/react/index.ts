/** React components for the runs of a server, without markup and styles. They need only `react` and a client. Vue, Svelte and others use the store `createImageRun` of `./client`. */
export { ImageRun, type ImageRunProps } from './image-run.ts';
export { type ImageHandle, type UseImageOptions, useImage } from './use-image.ts';
