/** AWS credentials, for the adapters that use them. Not in `../index.ts`: bundlers would load the code with every adapter. */
export { awsAuth } from '../../../transport/auth/aws.ts';
