/** A program that generates one image and exits, like a command line or a cold serverless function. */
import { openClient, type Subject } from './clients.ts';

const [subject, baseUrl = '', entry = ''] = process.argv.slice(2);
const generate = await openClient(subject as Subject, { baseUrl, n: 1, entry });
const [image] = await generate();
process.exit(image?.length ? 0 : 1);
