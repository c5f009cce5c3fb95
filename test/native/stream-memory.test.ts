import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { clean, runProgram } from './programs/run.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-stream-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const columns = 127
/** The rows of 8 MB: a row and its target take 512 bytes. The file repeats them. */
const partRows = 16_384
const parts = 50

/** Writes 420 MB of numbers from -1 to 1; the target is whether the first number of a row is larger than the second. */
async function writeFile(path: string): Promise<void> {
  const part = new Float32Array(partRows * (columns + 1))
  let state = 1
  for (let k = 0; k < part.length; k++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    part[k] = state / 2 ** 31 - 1
  }
  for (let at = columns; at < part.length; at += columns + 1) {
    part[at] = Number(part[at - columns]! > part[at - columns + 1]!)
  }
  const handle = await open(path, 'w')
  for (let k = 0; k < parts; k++) await handle.write(part)
  await handle.close()
}

describe('a file of numbers', () => {
  it('fit reads a file of 420 MB in less than 300 MB of memory', async () => {
    const path = join(folder, 'rows.f32')
    await writeFile(path)
    const { stdout, ...ended } = await runProgram('stream-file.ts', [path, String(columns)])
    expect(ended).toMatchObject(clean)
    const { rows, epochs, loss, before, peak } = JSON.parse(stdout)
    console.log(`a file of 420 MB: ${peak.toFixed(0)} MB at most, ${before.toFixed(0)} MB before fit`)
    expect([rows, epochs]).toEqual([partRows * parts, [0]])
    expect(loss).toBeLessThan(0.5)
    expect(peak).toBeLessThan(300)
    // The timeout allows for slow disks.
  }, 180_000)
})
