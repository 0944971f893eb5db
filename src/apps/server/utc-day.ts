/** @param ms milliseconds since the epoch @returns the day in UTC, as `YYYY-MM-DD`: budgets and dates of models count in it */
export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
