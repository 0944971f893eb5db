/** OAuth credentials, for the adapters that use them. Not in `../index.ts`: bundlers would load the code with every adapter. */
export { oauthAuth } from '../../../transport/auth/oauth.ts';
export { requestToken } from '../../../transport/phases/token-request.ts';
