/** Entry point of the `imagen` process. Imports no other code of ours, so that `imagen --version` answers at once. */
import packageJson from '../../../package.json' with { type: 'json' };

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const args = process.argv.slice(2);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`imagen: Node ${process.versions.node} is too old. Install Node 22.13 or later.\n`);
  process.exit(3); // `configuration` in exit-codes.ts, which is not imported for this one number
} else if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.on('error', () => undefined); // a closed stream is not an error
  process.stdout.write(`${packageJson.version}\n`);
} else {
  const { startProcess } = await import('./system/start-process.ts');
  await startProcess({ args, env: process.env, version: packageJson.version });
}
