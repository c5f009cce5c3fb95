import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cache, root } from './paths.mjs'

let lock

/** Waits for other setups of this checkout to finish, then holds the lock until this process ends. */
export function takeTurn(work = 'setup') {
  lock = join(cache, work === 'setup' ? 'lock' : `${work}.lock`)
  for (let said = false; !claim(); said = true) {
    if (!said)
      console.log(`${work}: waiting for another one on this checkout (process ${holder()}, ${relative(root, lock)})`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  }
  process.on('exit', () => rmSync(lock, { force: true }))
}

function claim() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    // A killed setup leaves its lock.
    if (!isAlive(holder())) rmSync(lock, { force: true })
    return false
  }
}

function holder() {
  try {
    return Number(readFileSync(lock, 'utf8'))
  } catch {
    return Number.NaN
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
