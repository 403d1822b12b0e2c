/**
 * Loaded into every supervised process before its own code (`node --require`). When the supervisor is gone, also by
 * SIGKILL, the channel to it closes: this process then ends as on SIGTERM, and with it its whole group.
 * Without it a killed `npm start` would leave a database and workers behind that nobody knows of.
 */
const LAST_RESORT_MS = 10_000;

/** This process leads its group, so this ends it and all it started. */
const endGroup = () => process.kill(-process.pid, 'SIGKILL');

process.on('disconnect', () => {
  if (process.listenerCount('SIGTERM') === 0) return void endGroup();
  process.once('exit', endGroup);
  setTimeout(endGroup, LAST_RESORT_MS).unref();
  process.kill(process.pid, 'SIGTERM');
});
// Listening must not keep a process alive that has nothing else to do.
process.channel?.unref();
