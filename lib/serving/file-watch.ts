import { stat } from 'node:fs/promises'

/** How often files are looked at, in milliseconds. Looking works on every file system, network folders included. */
const interval = 500

/** What changes when a file is replaced or written; undefined while there is none. */
export async function fileState(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found && `${found.mtimeMs} ${found.size} ${found.ino}`
}

/**
 * Calls `changed` when a file was replaced or written, one call at a time. Returns what ends it.
 * @param known the state before the file was loaded, so that no change since then is missed.
 */
export function watchModelFile(path: string, known: string | undefined, changed: () => Promise<void>): () => void {
  let last = known
  let isLooking = false
  const look = async () => {
    if (isLooking) return
    isLooking = true
    const state = await fileState(path)
    if (state !== undefined && state !== last) {
      last = state
      await changed()
    }
    isLooking = false
  }
  const timer = setInterval(() => void look(), interval).unref()
  return () => clearInterval(timer)
}
