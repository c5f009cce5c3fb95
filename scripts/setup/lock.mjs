import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from './paths.mjs'

const lock = join(cache, 'lock')

/** Waits until no other setup works on this checkout, then holds the place until this process ends. */
export function takeTurn() {
  for (let said = false; !claim(); said = true) {
    if (!said) console.log(`setup: waiting for another setup of this checkout (process ${holder()}, .cache/setup/lock)`)
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
    // A setup that was killed leaves its lock behind.
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
