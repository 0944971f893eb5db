/** Job updates over a WebSocket, in addition to polls. */
export { openJobSocket } from '../../../transport/phases/jobs/job-socket.ts';
export { createJobWebSocket } from '../response/job-websocket.ts';
