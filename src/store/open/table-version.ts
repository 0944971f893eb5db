/** The version number of the tables in a SQLite file. 0: they are not complete yet. */
import { AiImageError } from '../../providers/protocol/errors.ts';
import { type Database, readInteger } from '../sql/sql.ts';

const VERSION = 1;

/** @throws AiImageError `not_configured`: the tables are of a later version of the library, and are not changed */
export async function readVersion(database: Database, path: string): Promise<number> {
  const [row] = await database.all('PRAGMA user_version');
  const version = row === undefined ? 0 : readInteger(row, 'user_version');
  if (version <= VERSION) return version;
  throw new AiImageError('not_configured', `${path} was made by a later version of the library`, {
    charged: 'no',
    hint: 'Nothing was sent or changed. Install the later version of the library.',
  });
}

/** Marks the tables as complete. */
export const setVersion = (database: Database): Promise<number> => database.run(`PRAGMA user_version = ${VERSION}`);
