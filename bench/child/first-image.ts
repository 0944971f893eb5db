/** A program that does nothing but make one picture: what a command line or a cold function waits for. */
import { openClient, type Subject } from './clients.ts';

const [subject, baseUrl = '', entry = ''] = process.argv.slice(2);
const generate = await openClient(subject as Subject, { baseUrl, n: 1, entry });
const [picture] = await generate();
process.exit(picture?.length ? 0 : 1);
