/** The ids of a call's submits: the call id for the first one, then `<call id>-2`, `<call id>-3`, … */

const FURTHER = /-\d{1,4}$/;

/** @param submit from 1 */
export const submitId = (call: string, submit: number): string => (submit === 1 ? call : `${call}-${submit}`);

/** Returns the call id of a submit. */
export const callOf = (id: string): string => id.replace(FURTHER, '');

/** Returns the number of a submit, from 1. */
export const submitOf = (id: string): number => Number(FURTHER.exec(id)?.[0].slice(1) ?? 1);

/** Whether a text could be mistaken for the id of a further submit. */
export const isFurtherSubmit = (id: string): boolean => FURTHER.test(id);
