import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled } from '../../scripts/setup/npm.mjs'
import { root } from './markdown.js'

const packages = join(root, 'examples/serving')

/** Lets the programs of the pages, which run in folders below `programs`, import the web frameworks. */
export function linkServingPackages(programs: string): void {
  if (!isInstalled(packages)) {
    throw new Error('The packages of examples/serving are missing. "node scripts/setup.mjs --for test" installs them.')
  }
  for (const name of ['fastify', 'express']) {
    const link = join(programs, 'node_modules', name)
    mkdirSync(join(link, '..'), { recursive: true })
    if (!existsSync(link)) symlinkSync(join(packages, 'node_modules', name), link, 'junction')
  }
}
