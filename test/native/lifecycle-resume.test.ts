import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { optimizers, Sequential } from '../../lib/index.js'
import { flat, makeData, makeModel, small } from './programs/model.js'
import { clean, runProgram } from './programs/run.js'

const optimizersByName = {
  sgd: optimizers.sgd({ learningRate: 0.05 }),
  momentum: optimizers.sgd({ learningRate: 0.05, momentum: 0.9 }),
  nesterov: optimizers.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
  adam: optimizers.adam({ learningRate: 0.01 }),
}

it('fit, save, load in a new process and fit give the same file as one fit: weights, moments and counts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perceptra-'))
  try {
    const [x, y] = makeData(500, small)
    const names = Object.keys(optimizersByName) as (keyof typeof optimizersByName)[]
    for (const name of names) {
      const model = makeModel(small, optimizersByName[name])
      await model.fit(x, y, { epochs: 2, threads: 2 })
      await model.save(join(folder, name))
    }
    expect(await runProgram('resume.ts', [folder, ...names])).toMatchObject(clean)
    for (const name of names) {
      const straight = makeModel(small, optimizersByName[name])
      await straight.fit(x, y, { epochs: 4, threads: 2 })
      expect(flat(await Sequential.load(join(folder, `${name}.resumed`))), name).toEqual(flat(straight))
      await straight.save(join(folder, `${name}.straight`))
      const [resumed, once] = await Promise.all(
        ['resumed', 'straight'].map((end) => readFile(join(folder, `${name}.${end}`))),
      )
      expect(resumed!.equals(once!), `the file of ${name}`).toBe(true)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})
