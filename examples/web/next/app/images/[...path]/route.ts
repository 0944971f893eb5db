/** All routes of the image server, below `/images`. */
import { answer } from '../../../lib/image-server';

export { answer as DELETE, answer as GET, answer as POST, answer as PUT };
