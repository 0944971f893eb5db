/** A02: the power fails at each moment, and what survives is drawn in three ways. */
import { testPowerFailures } from '../store/power-suite.ts';

testPowerFailures(3);
