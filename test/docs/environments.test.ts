/** docs/environments.md has a row with today's versions for every environment. The heavy test of the hosts writes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENTS, versionsOf } from '../hosts/support/environments.ts';
import { PAGE, rowOf, rowsOf, withRows } from '../hosts/support/environments-page.ts';

const page = readFileSync(PAGE, 'utf8');

describe('docs/environments.md', () => {
  it('has one row for each environment, with the versions and notes of its host project', () => {
    expect(faultsOf(page)).toEqual([]);
  });

  it('bites: finds a missing row, another version, and a row without a date', () => {
    const [first, second, third] = ENVIRONMENTS;
    const rows = new Map([...rowsOf(page)].filter(([title]) => title !== first!.title));
    const versions = versionsOf(second!);
    rows.set(second!.title, rows.get(second!.title)!.replace(versions, `${versions}0`));
    rows.set(third!.title, rowOf(third!, 'never', []));
    const changed = withRows(`<!-- environments -->\n<!-- /environments -->`, ENVIRONMENTS, rows);

    expect(faultsOf(changed)).toEqual([first!.title, second!.title, third!.title]);
  });
});

describe('the host projects', () => {
  it('are all run', () => {
    const folders = readdirSync('test/hosts', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = folders.map(({ name }) => name).filter((name) => name !== 'support');
    expect([...new Set(ENVIRONMENTS.map(({ folder }) => folder))].sort()).toEqual(names.sort());
  });

  it('name exact versions', () => {
    const versions = ENVIRONMENTS.flatMap((environment) => versionsOf(environment).split(', '));
    expect(versions.filter((version) => !/ \d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});

/** @returns titles of environments whose row is missing or not as the data says */
function faultsOf(text: string): readonly string[] {
  const rows = rowsOf(text);
  return ENVIRONMENTS.filter((environment) => {
    const [, versions = '', date = ''] = (rows.get(environment.title) ?? '').split(' | ');
    const more = versions.split(', ').slice(versionsOf(environment).split(', ').length);
    const isDated = /^\d{4}-\d\d-\d\d$/.test(date);
    return !isDated || rows.get(environment.title) !== rowOf(environment, date, more);
  }).map(({ title }) => title);
}
