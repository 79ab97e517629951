// Loaded into the processes that `up` starts: should `up` be killed outright, they end in their usual, orderly way.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
