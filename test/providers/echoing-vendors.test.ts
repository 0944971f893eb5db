/** Each status of an echoing vendor, with every sixth of the replies. All replies: test/heavy/echoing-vendors.test.ts. */
import { describeEchoingVendors } from './support/echoing-vendors-suite.ts';

describeEchoingVendors(6);
