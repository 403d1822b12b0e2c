/**
 * Loaded into every supervised process before its own code (`node --require`). When the supervisor is gone, also by
 * SIGKILL, the channel to it closes: this process then ends as on SIGTERM, and its whole group for sure a little later.
 * Without it a killed `npm start` would leave a database and workers behind that nobody knows of.
 */
const LAST_RESORT_MS = 10_000;

process.on('disconnect', () => {
  setTimeout(() => process.kill(-process.pid, 'SIGKILL'), LAST_RESORT_MS).unref();
  process.kill(process.pid, 'SIGTERM');
});
// Listening must not keep a process alive that has nothing else to do.
process.channel?.unref();
