// Loaded into the app before anything else. Whoever kills the launcher hard means the app: it goes the same way, at once,
// so that the next start finds neither the port nor the data folder taken.
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}
