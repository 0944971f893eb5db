/** Each status of an echoing vendor, with each of its replies. */
import { describeEchoingVendors } from '../providers/support/echoing-vendors-suite.ts';

describeEchoingVendors(1);
