/**
 * Loaded into a process with `--import`: the file operations of Node, refused where a test wants it. Nothing is refused before the file
 * FAULTS_ARMED exists; a test makes it when the vendor was paid.
 *
 * FAULTS, as JSON: `at` and `code` refuse one operation by its number (`stays`: all from then on); `full` refuses to write below folders;
 * `operations` refuses by name, `throws` at once instead of by a promise; `signal` is sent to the process at the operation `at`; `plant`
 * takes every file away again that gets a name. FAULTS_LOG gets the name of each operation.
 */
import { appendFileSync, existsSync, readlinkSync } from 'node:fs';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { sep } from 'node:path';

const { FAULTS = '{}', FAULTS_ARMED = '', FAULTS_LOG } = process.env;
const {
  at,
  code = 'EIO',
  stays = false,
  full = [],
  operations = [],
  throws = false,
  signal,
  plant,
} = JSON.parse(FAULTS);
const WRITING = ['open', 'mkdir', 'mkdtemp', 'link', 'copyFile', 'rename', 'writeFile', 'appendFile'];
const opened = new WeakMap();
const unlink = files.unlink;
let count = 0;

const resolved = (path) =>
  String(path ?? '').replace(/^\/proc\/self\/fd\/\d+/, (way) => {
    try {
      return readlinkSync(way);
    } catch {
      return way;
    }
  });
const failure = (name, why = code) => Object.assign(new Error(`${why}: planned at ${name}`), { code: why, errno: -1 });
const isThere = (name, path) => name === 'mkdir' && existsSync(path);
const isReading = (name, args) =>
  name === 'open' && (args[1] === undefined || args[1] === 'r' || typeof args[1] === 'number');

function refuse(name, path, args) {
  if (!existsSync(FAULTS_ARMED)) return undefined;
  const number = count++;
  if (FAULTS_LOG) appendFileSync(FAULTS_LOG, `${name}\n`);
  if (signal !== undefined) {
    if (number === at) process.kill(process.pid, signal);
    return undefined;
  }
  if (operations.includes(name)) return failure(name);
  if (number === at || (stays && at !== undefined && number > at)) return failure(name);
  const isFull = full.some((folder) => resolved(path) === folder || resolved(path).startsWith(folder + sep));
  if (isFull && WRITING.includes(name) && !isReading(name, args) && !isThere(name, path))
    return failure(name, 'ENOSPC');
  return undefined;
}

function watch(target, name, pathOf) {
  const work = target[name];
  target[name] = function (...args) {
    const error = refuse(name, pathOf(this, args), args);
    if (error && throws) throw error;
    if (error) return Promise.reject(error);
    const done = work.apply(this, args);
    if (plant === undefined || name !== 'link' || !existsSync(FAULTS_ARMED)) return done;
    return done.then(() => unlink(args[1]));
  };
}

const handle = await files.open(process.execPath);
const prototype = Object.getPrototypeOf(handle);
await handle.close();
for (const name of ['writeFile', 'appendFile', 'sync', 'datasync', 'close', 'truncate']) {
  watch(prototype, name, (self) => opened.get(self));
}
for (const name of ['link', 'rename', 'copyFile']) watch(files, name, (_, args) => args[1]);
for (const name of [
  'open',
  'unlink',
  'mkdir',
  'mkdtemp',
  'readdir',
  'readFile',
  'lstat',
  'access',
  'realpath',
  'rmdir',
  'rm',
  'stat',
  'statfs',
]) {
  watch(files, name, (_, args) => args[0]);
}
const open = files.open;
files.open = async (...args) => {
  const file = await open(...args);
  opened.set(file, args[0]);
  return file;
};
syncBuiltinESMExports();
