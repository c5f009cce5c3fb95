// Checks the directions of imports and includes: node scripts/check-directions.mjs [folder]
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkCpp } from './directions/cpp.mjs'
import { checkTypeScript } from './directions/typescript.mjs'

/** The problems in a tree of files (path -> text), one line each. */
export function checkDirections(files) {
  return [...checkCpp(files), ...checkTypeScript(files)].sort()
}

function readTree(root, folders) {
  const files = {}
  const visit = (path) => {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      const child = `${path}/${entry.name}`
      if (entry.isDirectory()) visit(child)
      else if (/\.(cpp|h|cc|hpp|inc|ts)$/.test(child)) files[child] = readFileSync(join(root, child), 'utf8')
    }
  }
  for (const folder of folders) if (existsSync(join(root, folder))) visit(folder)
  return files
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))
  const files = readTree(root, ['cpp', 'binding', 'lib'])
  const problems = checkDirections(files)
  for (const problem of problems) console.error(problem)
  console.log(`${Object.keys(files).length} files, ${problems.length} wrong directions`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
