/** No call is charged twice and no paid reply is lost, in a few hundred calls. `test/heavy` runs thousands. */
import { afterAll } from 'vitest';
import { describeChargeSafety } from './charge-safety-suite.ts';
import { closeServers } from './hostile-server.ts';

afterAll(closeServers);

describeChargeSafety(200);
