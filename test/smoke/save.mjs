import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sequential } from 'perceptra'
import { flat, makeModel, test, train } from './digits.mjs'

export const checks = {
  'a saved model that is loaded again trains to the same bits': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perceptra-smoke-'))
    try {
      const model = makeModel()
      await model.fit(train.x, train.y, { epochs: 1, threads: 1 })
      await model.save(join(folder, 'digits.safetensors'))
      const again = await Sequential.load(join(folder, 'digits.safetensors'))
      assert.deepEqual(again.predictSync(test.x).data, model.predictSync(test.x).data)
      for (const network of [model, again]) await network.fit(train.x, train.y, { epochs: 1, threads: 1 })
      assert.deepEqual(flat(again), flat(model))
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}
