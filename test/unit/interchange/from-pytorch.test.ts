import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../../lib/files/safetensors.js'
import { activations, FormatError, layers, Sequential } from '../../../lib/index.js'
import { fromPytorch } from '../../../lib/interchange/pytorch/from-pytorch.js'
import { toPytorch } from '../../../lib/interchange/pytorch/to-pytorch.js'
import { expectClose } from './close.js'

const folder = fileURLToPath(new URL('../../parity/fixtures/interchange/', import.meta.url))
const fixtures = JSON.parse(readFileSync(`${folder}torch.json`, 'utf8')) as Record<
  string,
  { rows: number[]; predictions: number[] }
>
const { dense, batchNormalization, layerNormalization, embedding, activation } = layers

async function expectPredictions(name: string, model: Sequential): Promise<void> {
  const { rows, predictions } = fixtures[name]!
  expectClose((await model.predict(Float32Array.from(rows))).data, predictions)
}

const read = (name: string, options: Parameters<typeof fromPytorch>[1]) =>
  fromPytorch(`${folder}torch-${name}.safetensors`, options)

describe('PyTorch', () => {
  it('takes a list of layers', async () => {
    const model = await read('sequential', {
      layers: [
        dense({ units: 6 }),
        batchNormalization({ epsilon: 1e-5 }),
        activation({ activation: 'relu' }),
        dense({ units: 5 }),
        layerNormalization({ epsilon: 1e-5 }),
        activation({ activation: 'relu' }),
        dense({ units: 3, activation: 'softmax' }),
      ],
    })
    await expectPredictions('sequential', model)
    model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
    await model.fit(new Float32Array(40), Array(10).fill(0), { epochs: 1 })
  })

  it('finds modules by their names, numbers by value', async () => {
    await expectPredictions('sequential', await read('sequential', { activation: 'relu', outputActivation: 'softmax' }))
    await expectPredictions('deep', await read('deep', { activation: 'gelu' }))
    await expect(read('words', { activation: 'relu' })).rejects.toThrow(/"act", "embed", "out", "zoom" cannot be told/)
  })

  it('finds the order by the shapes where that of names is none', async () => {
    await expectPredictions('named', await read('named', { activation: 'tanh' }))
    const named = [
      dense({ units: 7, activation: 'tanh', name: 'stem' }),
      dense({ units: 6, activation: 'tanh', name: 'body' }),
      dense({ units: 2, useBias: false, name: 'head' }),
    ]
    await expectPredictions('named', await read('named', { layers: named }))
  })

  it('reads an embedding and a shared slope into layers', async () => {
    const words = [
      embedding({ inputDim: 6, outputDim: 3, inputShape: [2], name: 'embed' }),
      dense({ units: 5, activation: activations.prelu(), name: 'zoom' }),
      dense({ units: 2, name: 'out' }),
    ]
    await expectPredictions('words', await read('words', { layers: words }))
    const apart = [
      words[0]!,
      dense({ units: 5, name: 'zoom' }),
      activation({ activation: 'prelu', name: 'act' }),
      words[2]!,
    ]
    await expect(read('words', { layers: apart })).rejects.toThrow(/Expected F32 \[5\] for the tensor "act.alpha"/)
  })

  it('writes what it reads', async () => {
    const model = await read('sequential', { activation: 'relu', outputActivation: 'softmax' })
    const bytes = toPytorch(model)
    const again = await fromPytorch(bytes, { layers: model.toJSON().layers })
    await expectPredictions('sequential', again)
    const own = decodeSafetensors(bytes, 'x')
    expect(own.metadata).toEqual({ format: 'pt' })
    expect(own.tensors.get('dense.weight')!.shape).toEqual([6, 4])
    expect([...own.tensors.keys()]).toContain('batchNormalization.num_batches_tracked')
  })

  it('says what does not fit', async () => {
    await expect(read('sequential', {})).rejects.toThrow(/either layers or activation/)
    await expect(read('sequential', { layers: [dense({ units: 6 })] })).rejects.toThrow(/module "1" belongs to none/)
    await expect(read('sequential', { layers: [dense({ units: 6 }), dense({ units: 2 })] })).rejects.toThrow(
      /module "1" is batchNorm, but layer 1 \(dense\) needs linear/,
    )
    await expect(
      read('named', { layers: [dense({ units: 8 }), dense({ units: 6 }), dense({ units: 2 })] }),
    ).rejects.toThrow(FormatError)
    const tensors = new Map<string, Tensor>([
      ['conv.weight', { dtype: 'F32', shape: [1, 1, 2], data: new Float32Array(2) }],
    ])
    await expect(fromPytorch(encodeSafetensors(tensors), { activation: 'relu' })).rejects.toThrow(
      /"conv" has the shape/,
    )
    await expect(fromPytorch(new Uint8Array(4), { activation: 'relu' })).rejects.toThrow(FormatError)
    const same = new Map<string, Tensor>(
      ['a', 'b', 'c'].flatMap((name): [string, Tensor][] => [
        [
          `${name}.weight`,
          { dtype: 'F32', shape: name === 'a' ? [3, 2] : name === 'b' ? [2, 3] : [3, 2], data: new Float32Array(6) },
        ],
      ]),
    )
    await expect(fromPytorch(encodeSafetensors(same), { activation: 'relu' })).resolves.toBeInstanceOf(Sequential)
  })
})
