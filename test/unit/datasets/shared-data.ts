import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * A folder of the test data beside the repository, which are too large to be part of it.
 * @throws Error if it is missing: these tests are never skipped.
 */
export function sharedData(name: string): string {
  const path = fileURLToPath(new URL(`../../../../shared/data/${name}`, import.meta.url))
  if (!existsSync(path)) throw new Error(`The test data are missing: expected the folder ${path}.`)
  return path
}
