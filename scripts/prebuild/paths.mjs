import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'

export { root }

/** Toolchain, sources and finished libraries; ignored by git. */
export const cache = join(root, '.cache', 'prebuild')
mkdirSync(cache, { recursive: true })
