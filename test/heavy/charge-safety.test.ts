/** No call is charged twice and no paid reply is lost, over thousands of calls. `npm test` runs a small size of it. */
import { afterAll } from 'vitest';
import { describeChargeSafety } from '../faults/charge-safety-suite.ts';
import { closeServers } from '../faults/hostile-server.ts';

afterAll(closeServers);

describeChargeSafety(4_000);
