import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, root } from './paths.mjs'

/** A hash of the names and contents of files and folders: a touched file or a switched branch causes no rebuild. */
export function fingerprint(paths, base = root) {
  const hash = createHash('sha256')
  const files = paths.flatMap((path) => filesUnder(base, path)).sort()
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(base, file)))
      .update('\0')
  return hash.digest('hex')
}

function filesUnder(base, path) {
  const full = join(base, path)
  if (!existsSync(full)) return []
  if (statSync(full).isFile()) return [path]
  return readdirSync(full).flatMap((name) => filesUnder(base, `${path}/${name}`))
}

/** Runs `work` to make `output`, unless it was made from the same `inputs`; an interrupted run leaves no stamp. */
export function unlessStamped(name, inputs, output, work) {
  if (isStamped(name, inputs, output)) return false
  rmSync(fileOf(name), { force: true })
  work()
  writeFileSync(fileOf(name), stampOf(inputs))
  return true
}

/** Whether `output` was made from these `inputs` and not changed since. */
export function isStamped(name, inputs, output) {
  const file = fileOf(name)
  if (!existsSync(output) || !existsSync(file) || readFileSync(file, 'utf8') !== stampOf(inputs)) return false
  return statSync(output).mtimeMs <= statSync(file).mtimeMs
}

const fileOf = (name) => join(cache, `${name}.stamp`)
const stampOf = (inputs) => `${root} ${inputs}`
