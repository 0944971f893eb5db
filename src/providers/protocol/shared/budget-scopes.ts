/** Names of budget scopes that both the manager and the repair of a ledger build. */

/** Between the day and the project in the name of a scope. The name of a day has a fixed length, so no project can be mistaken for another. */
export const OF_PROJECT = ' of project ';

/** @param day `YYYY-MM-DD`, in UTC */
export const projectDayScope = (project: string, day: string): string => `day ${day}${OF_PROJECT}${project}`;
