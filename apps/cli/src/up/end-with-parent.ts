// Loaded into the processes that `up` starts: should `up` be killed outright, they end in their usual, orderly way.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
// Listening must not keep a process alive that has nothing else to do.
process.channel?.unref();
