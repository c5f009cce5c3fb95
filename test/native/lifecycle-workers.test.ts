import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { flat, makeData, makeModel, small } from './programs/model.js'
import { clean, compiled, runProgram } from './programs/run.js'
import type { Work } from './programs/worker.js'

// A step in flight is waited for.
const soonMs = 300
const tries = 5

function start(workerData: Work): Worker {
  return new Worker(compiled('worker'), { workerData })
}

async function trainHere(threads: number): Promise<number[]> {
  const model = makeModel(small)
  await model.fit(...makeData(1024, small), { epochs: 5, threads })
  return flat(model)
}

describe('a worker', () => {
  it.each(['fit', 'layers', 'predict', 'evaluate', 'queue'] as const)('can be terminated in mid-%s', async (what) => {
    const seen: number[] = []
    // The best of a few tries, since other processes delay this one too.
    for (let i = 0; i < tries && !(Math.min(...seen) < soonMs); i++) {
      const worker = start({ what })
      await once(worker, 'message')
      await new Promise((resolve) => setTimeout(resolve, 150))
      const before = performance.now()
      const code = await worker.terminate()
      const ms = performance.now() - before
      console.log(`worker.terminate() in mid-${what}: ${ms.toFixed(0)} ms`)
      expect(code).toBe(1)
      seen.push(ms)
    }
    expect(Math.min(...seen)).toBeLessThan(soonMs)
  })

  // Slices of one step: the end falls into the handing over of a result now and then, which must not abort the process.
  it('can be terminated while results are handed over', async () => {
    expect(await runProgram('terminate.ts', ['short', '15'])).toMatchObject(clean)
  })

  it.each(['fit', 'layers'])('leaves its memory behind for others when terminated in mid-%s', async (what) => {
    const { stdout, ...ended } = await runProgram('terminate.ts', [what, '6'])
    expect(ended).toMatchObject(clean)
    // Each holds 100 MB in weights, moments and workspace.
    expect(Number(stdout)).toBeLessThan(250)
  })

  it('trains bit for bit what the main thread does, four at once', async () => {
    const alone = [await trainHere(1), await trainHere(2)]
    const threads = [1, 2, 1, 2]
    const workers = threads.map((n) => start({ what: 'train', threads: n }))
    const messages = Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as number[]))
    const beside = await trainHere(2)
    const trained = await messages
    expect(beside).toEqual(alone[1])
    for (const [i, n] of threads.entries()) expect(trained[i]).toEqual(alone[n - 1])
    await Promise.all(workers.map((worker) => worker.terminate()))
  })

  it('may load the native part first and end before the main thread does', async () => {
    expect(await runProgram('worker-first.ts')).toMatchObject({ ...clean, stdout: 'same' })
  })
})
