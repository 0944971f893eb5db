import { answer } from '../../answer.js';

export const dynamic = 'force-dynamic';
export const runtime = 'edge';

export const GET = (request) => answer(request);
