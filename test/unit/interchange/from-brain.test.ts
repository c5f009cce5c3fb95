import { readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FormatError } from '../../../lib/index.js'
import { fromBrain } from '../../../lib/interchange/brain/from-brain.js'
import { expectClose } from './close.js'

const path = new URL('../../parity/fixtures/interchange/brain.json', import.meta.url)
const fixtures = JSON.parse(readFileSync(path, 'utf8')) as Record<
  string,
  { json: Record<string, unknown>; rows: number[]; outputs: number[] }
>

describe('brain.js', () => {
  it.each(Object.entries(fixtures))('gives the outputs of a network: %s', async (_, { json, rows, outputs }) => {
    const model = await fromBrain(json)
    expectClose((await model.predict(Float32Array.from(rows))).data, outputs)
  })

  it('reads an object, a text and a file', async () => {
    const { json, rows, outputs } = Object.values(fixtures)[0]!
    const file = join(await mkdtemp(join(tmpdir(), 'brain-')), 'net.json')
    await writeFile(file, JSON.stringify(json))
    for (const source of [json, JSON.stringify(json), file]) {
      expectClose((await (await fromBrain(source)).predict(Float32Array.from(rows))).data, outputs)
    }
  })

  it('refuses other networks, and says where numbers are wrong', async () => {
    await expect(fromBrain({ type: 'LSTM' })).rejects.toThrow(/LSTM/)
    await expect(fromBrain({ layers: [{}] })).rejects.toThrow(/train it/)
    await expect(fromBrain({ avgs: {}, stats: {}, sets: [] })).rejects.toThrow(/CrossValidate: pass toNeuralNetwork/)
    await expect(fromBrain({ layers: [{}, { weights: [[1, 'a']], biases: [0] }] })).rejects.toThrow(
      /a weight of layer 1/,
    )
    await expect(fromBrain({ layers: [{}, { weights: [[1, 2], [3]], biases: [0, 0] }] })).rejects.toThrow(/differ/)
    await expect(
      fromBrain({ layers: [{}, { weights: [[1]], biases: [0] }, { weights: [[1, 2]], biases: [0] }] }),
    ).rejects.toThrow(FormatError)
    await expect(fromBrain(7 as never)).rejects.toThrow(/the object of toJSON/)
    await expect(fromBrain('{ "layers": ')).rejects.toThrow(/not JSON/)
  })
})
