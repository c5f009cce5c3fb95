import { type Stats, unwatchFile, watchFile } from 'node:fs'

/** How often files are looked at, in milliseconds. Looking works on every file system, network folders included. */
const interval = 500

/** Calls `changed` when a file was replaced or written; one call at a time for a file. Returns what ends it. */
export function watchModelFile(path: string, changed: () => Promise<void>): () => void {
  let again = false
  let running = false
  const run = async () => {
    if (running) {
      again = true
      return
    }
    running = true
    do {
      again = false
      await changed()
    } while (again)
    running = false
  }
  const listener = (now: Stats, before: Stats) => {
    const isSame = now.mtimeMs === before.mtimeMs && now.size === before.size && now.ino === before.ino
    if (!isSame && now.mtimeMs !== 0) void run()
  }
  watchFile(path, { interval, persistent: false }, listener)
  return () => unwatchFile(path, listener)
}
