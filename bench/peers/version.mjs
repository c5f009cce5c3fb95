import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The version of an installed package, read from its package.json, which `exports` may hide. */
export function readVersion(name) {
  const main = require.resolve(name)
  const folder = `node_modules/${name}/`
  const end = main.replaceAll('\\', '/').lastIndexOf(folder) + folder.length
  return JSON.parse(readFileSync(`${main.slice(0, end)}package.json`, 'utf8')).version
}
