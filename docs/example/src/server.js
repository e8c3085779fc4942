import { createServer } from 'node:http';
import { app } from './app.js';

const version = process.env.VERSION ?? 'dev';
const port = Number(process.env.PORT ?? 8080);
const host = process.env.POD_IP ?? '0.0.0.0';
// How long requests may still arrive after a SIGTERM: until the mesh knows.
const drain = Number(process.env.DRAIN_SECONDS ?? 5) * 1000;

let stopping = false;
const server = createServer(app({ version, ready: () => !stopping, failing: Number(process.env.FAILING ?? 0) }));
server.listen(port, host, () => console.log(`catalog ${version} listens on ${host}:${port}`));

process.on('SIGTERM', () => {
  if (stopping) return;
  stopping = true; // readiness fails first, and requests are served meanwhile
  setTimeout(() => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  }, drain);
});
