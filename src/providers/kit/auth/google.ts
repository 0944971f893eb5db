/** Google credentials, for the adapters that use them. Not in `../index.ts`: bundlers would load the code with every adapter. */
export { googleAuth } from '../../../transport/auth/google.ts';
export { requestToken } from '../../../transport/phases/token-request.ts';
