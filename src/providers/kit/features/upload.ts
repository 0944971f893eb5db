/** Uploads of input images before the request that refers to them. */
export { upload } from '../../../transport/phases/upload.ts';
export { uploadFiles, withPlannedReferences } from '../calls/upload-files.ts';
