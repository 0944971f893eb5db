/** Every provider, four conversations, every side field, every unusual value. */
import { ODD_VALUES } from '../faults/odd-replies.ts';
import { describeOddReplies } from '../faults/odd-replies-suite.ts';

describeOddReplies({ conversations: 4, values: ODD_VALUES });
