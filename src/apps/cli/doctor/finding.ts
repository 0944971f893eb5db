/** One result of `imagen doctor`. */
import { isAiImageError } from '../../../index.ts';
import { AppError } from '../../shared/app-error.ts';
import { toCommandText } from '../output/errors/to-command-text.ts';

/** `note`: worth knowing. `fault`: something will not work. */
export interface DoctorFinding {
  readonly about: string;
  readonly state: 'ok' | 'note' | 'fault';
  readonly message: string;
  readonly hint?: string;
}

export const finding = (
  about: string,
  state: DoctorFinding['state'],
  message: string,
  hint?: string,
): DoctorFinding => ({
  ...{ about, state, message },
  ...(hint !== undefined && { hint }),
});

/** Turns an error of a check into a finding. @throws AppError: the flags of the command are wrong; every other error that is not ours */
export async function collectFindings(
  about: string,
  check: () => Promise<readonly DoctorFinding[]>,
): Promise<readonly DoctorFinding[]> {
  try {
    return await check();
  } catch (error) {
    if (!isAiImageError(error) || error instanceof AppError) throw error;
    return [finding(about, 'fault', toCommandText(error.message), error.hint && toCommandText(error.hint))];
  }
}
