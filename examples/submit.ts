import { readFile, writeFile } from 'node:fs/promises';
import { StubProvider } from '@org/ai-image';

// A provider whose vendor works in jobs, for example createProvider('replicate', { apiKey }).
const provider = new StubProvider({ job: { polls: 2 } });

// Costs money, and returns at once. The handle is plain JSON.
const job = await provider.submit({ prompt: 'a lighthouse at dawn' });
await writeFile('job.json', JSON.stringify(job));

// Later, in this or another process. Costs nothing, also when it is called again.
const { images } = await provider.resume(JSON.parse(await readFile('job.json', 'utf8')));
console.log(images.length);
