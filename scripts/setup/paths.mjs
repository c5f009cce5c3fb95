import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Logs, stamps and the lock: outside of node_modules and the build folders, which may be deleted. */
export const cache = join(root, '.cache', 'setup')
mkdirSync(cache, { recursive: true })
