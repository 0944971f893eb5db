/**
 * Runs before each test file: resets zod to the package's configuration, without the messages of the large build. Packages that tests
 * compare us with load that build, which sets the messages for the whole process. The published package is not affected, because it has its
 * own copy.
 */
import * as z from 'zod/mini';

z.config({ localeError: undefined });
