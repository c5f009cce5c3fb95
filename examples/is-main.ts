import { realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** Whether Node was started with this module (and did not only import it). */
export function isMain(url: string): boolean {
  const started = process.argv[1]
  return started !== undefined && pathToFileURL(realpathSync(started)).href === url
}
