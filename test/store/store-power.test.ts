/** A02: the power fails at each moment, and what survives is drawn once. In all ways: test/heavy. */
import { testPowerFailures } from './power-suite.ts';

testPowerFailures(1);
