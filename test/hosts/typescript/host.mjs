/** Compiles both files with every compiler, one as for a bundler, one as for Node.js. The package's types are checked too. */
import { execFileSync } from 'node:child_process';

const failures = [];
for (const compiler of ['typescript-5.7', 'typescript-5.9', 'typescript']) {
  for (const config of ['tsconfig.web.json', 'tsconfig.node.json']) {
    try {
      execFileSync(process.execPath, [`node_modules/${compiler}/bin/tsc`, '-p', config], { encoding: 'utf8' });
    } catch ({ stdout }) {
      failures.push(`${compiler} -p ${config}: ${stdout}`);
    }
  }
}
console.log(JSON.stringify({ failures }));
