import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Sequential } from '../../lib/index.js'
import { epochs, type Kind, makeRun } from './programs/checkpointed.js'
import { flat } from './programs/model.js'
import { compiled } from './programs/run.js'

/** Runs the program and kills it some milliseconds after its n-th epoch: during the save, or in the next epoch. */
function runAndKill(path: string, kind: Kind, afterEpochs: number, wait: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [compiled('checkpointed'), path, kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let epochs = 0
  child.stdout.on('data', (text: Buffer) => {
    epochs += text.toString().split('\n').length - 1
    if (epochs >= afterEpochs) setTimeout(() => child.kill('SIGKILL'), wait)
  })
  return new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)))
}

it.each<Kind>(['schedule', 'callback'])(
  'training that is killed repeatedly resumes from its checkpoint to the same bits: rate set by a %s',
  async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'perceptra-kill-'))
    const path = join(folder, 'net.safetensors')
    try {
      let kills = 0
      for (let signal: string | null = 'SIGKILL'; signal; ) {
        // At random moments, soon after the start, so that all five kills come before the end.
        signal = await runAndKill(path, kind, kills < 5 ? randomInt(2, 6) : Infinity, randomInt(0, 12))
        if (!signal) break
        kills++
        if (!existsSync(path)) continue
        const model = await Sequential.load(path)
        expect(model.epochs).toBeLessThanOrEqual(epochs)
        model.dispose()
      }
      expect(kills).toBe(5)
      const run = makeRun(kind)
      await run.model.fit(run.x, run.y, { epochs, threads: 2, callbacks: run.callbacks })
      expect(flat(await Sequential.load(path))).toEqual(flat(run.model))
      await run.model.save(join(folder, 'once'))
      expect((await readFile(path)).equals(await readFile(join(folder, 'once')))).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)
