import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { wrong } from './failure.js'

/**
 * Looks for the folders of files that will be written, so that a wrong one is found before the work, and not after it.
 * @throws ArgumentError for a folder that does not exist.
 */
export async function checkFolders(...paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path === undefined) continue
    const folder = dirname(path)
    const stats = await stat(folder).catch(() => undefined)
    if (!stats?.isDirectory()) throw wrong(`${path}: there is no folder ${folder}.`)
  }
}
