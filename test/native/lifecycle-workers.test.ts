import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { flat, makeData, makeModel, small } from './programs/model.js'
import { clean, compiled, runProgram } from './programs/run.js'
import type { Work } from './programs/worker.js'

// Node waits for the current step.
const maxMs = 300
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
  it.each(['fit', 'layers', 'predict', 'evaluate', 'queue'] as const)('can be terminated during %s', async (what) => {
    const times: number[] = []
    // The best of several tries, since other processes may delay this one.
    for (let i = 0; i < tries && !(Math.min(...times) < maxMs); i++) {
      const worker = start({ what })
      await once(worker, 'message')
      await new Promise((resolve) => setTimeout(resolve, 150))
      const before = performance.now()
      const code = await worker.terminate()
      const ms = performance.now() - before
      console.log(`worker.terminate() during ${what}: ${ms.toFixed(0)} ms`)
      expect(code).toBe(1)
      times.push(ms)
    }
    expect(Math.min(...times)).toBeLessThan(maxMs)
  })

  // With slices of one step, some terminations happen while a result is delivered; these must not abort the process.
  it('can be terminated while a slice delivers its result', async () => {
    expect(await runProgram('terminate.ts', ['short', '15'])).toMatchObject(clean)
  })

  it.each(['fit', 'layers'])('frees its memory when terminated during %s', async (what) => {
    const { stdout, ...ended } = await runProgram('terminate.ts', [what, '6'])
    expect(ended).toMatchObject(clean)
    // Each worker takes 100 MB for weights, moments and workspace.
    expect(Number(stdout)).toBeLessThan(250)
  })

  it('trains to the same bits as the main thread, with four workers at once', async () => {
    const alone = [await trainHere(1), await trainHere(2)]
    const threads = [1, 2, 1, 2]
    const workers = threads.map((n) => start({ what: 'train', threads: n }))
    const messages = Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as number[]))
    const meanwhile = await trainHere(2)
    const trained = await messages
    expect(meanwhile).toEqual(alone[1])
    for (const [i, n] of threads.entries()) expect(trained[i]).toEqual(alone[n - 1])
    await Promise.all(workers.map((worker) => worker.terminate()))
  })

  it('may load the addon, and end, before the main thread loads it', async () => {
    expect(await runProgram('worker-first.ts')).toMatchObject({ ...clean, stdout: 'same' })
  })
})
