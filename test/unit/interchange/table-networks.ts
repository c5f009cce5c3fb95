import { type LayerSpec, layers, Matrix, Sequential } from '../../../lib/index.js'
import { uniforms } from '../../../lib/math/random.js'

const draw = uniforms(7)

/** Three numbers a row, then codes of two categories; -1 is missing. */
export const tableRows = new Matrix(
  Float32Array.from({ length: 40 * 5 }, (_, k) => {
    if (k % 5 < 3) return 4 * draw() - 2
    return Math.floor(draw() * (k % 5 === 3 ? 5 : 4)) - 1
  }),
  40,
  5,
)

const numbers = [0, 1, 2]
const edges = [
  [-1, -0.2, 0.1, 1],
  [-1.5, 1.5],
  [-2, -1, 0, 1, 2],
]
const codes = { type: 'embedding', columns: [3, 4], inputDim: [4, 3], outputDim: 3 } as const

/** A columns layer of these parts, and layers behind it. */
const tables = (parts: Parameters<typeof layers.columns>[0]['parts'], ...rest: LayerSpec[]) => [
  layers.columns({ parts, inputShape: [5] }),
  ...(rest.length > 0 ? rest : [layers.dense({ units: 2, activation: 'relu' })]),
]

const members = (first: LayerSpec, ...rest: LayerSpec[]) => [
  layers.dense({ units: 6, activation: 'tanh', inputShape: [5] }),
  first,
  ...rest,
]

const scaled = [layers.memberScale({ useBias: true }), layers.dense({ units: 4, activation: 'relu' })]

/** The layers of each network, and its members. */
const specs: readonly (readonly [string, readonly LayerSpec[], number?])[] = [
  ['passthrough', tables([{ type: 'passthrough', columns: [2, 0] }])],
  ['embedding', tables([codes])],
  ['oneHot', tables([{ type: 'oneHot', columns: [4, 3], inputDim: [3, 4] }])],
  ['pbld', tables([{ type: 'periodicEmbedding', columns: numbers, sigma: 0.5 }])],
  ['pbld with relu', tables([{ type: 'periodicEmbedding', columns: [1], activation: 'relu' }])],
  ['plr', tables([{ type: 'periodicEmbedding', form: 'plr', columns: numbers, sigma: 0.3, frequencies: 5 }])],
  ['plrLite', tables([{ type: 'periodicEmbedding', form: 'plrLite', columns: numbers, activation: 'linear' }])],
  ['piecewise', tables([{ type: 'piecewiseLinearEmbedding', columns: numbers, edges, outputDim: 4 }])],
  [
    'all parts',
    tables(
      [
        { type: 'passthrough', columns: numbers },
        { type: 'periodicEmbedding', columns: [0, 2] },
        { type: 'piecewiseLinearEmbedding', columns: numbers, edges, outputDim: 3 },
        { type: 'oneHot', columns: [3], inputDim: 4 },
        codes,
        { type: 'embedding', columns: [4], inputDim: 3, outputDim: 1 },
      ],
      layers.scale(),
      layers.dense({ units: 7, activation: 'linear', parametrization: 'ntk' }),
      layers.activation({ activation: 'selu', parametric: true }),
      layers.dense({ units: 2, activation: 'softmax' }),
    ),
  ],
  ['members by scales', members(scaled[0]!, scaled[1]!, layers.memberDense({ units: 3, activation: 'softmax' })), 3],
  ['members that end with a sigmoid', members(layers.memberDense({ units: 1, activation: 'sigmoid' })), 4],
  ['members without biases', members(layers.memberScale(), layers.memberDense({ units: 2, useBias: false })), 2],
  [
    'members of batch ensembles',
    members(
      layers.denseBatchEnsemble({ units: 5, activation: 'prelu' }),
      layers.denseBatchEnsemble({ units: 4, useBias: false }),
    ),
    3,
  ],
  [
    'members with shared layers between them',
    members(
      layers.memberScale(),
      layers.dense({ units: 4, useBias: false, parametrization: 'ntk' }),
      layers.batchNormalization(),
      layers.activation({ activation: 'prelu' }),
      layers.layerNormalization({ epsilon: 0.1 }),
      layers.activation({ activation: 'gelu', parametric: true }),
      layers.scale(),
      layers.rescaling({ scale: 0.5, offset: 1 }),
      layers.dropout({ rate: 0.5 }),
      layers.activation({ activation: 'softmax' }),
    ),
    3,
  ],
  [
    'embeddings of members',
    [
      layers.memberScale({ inputShape: [5] }),
      layers.columns({
        parts: [
          { type: 'periodicEmbedding', columns: [0, 1], frequencies: 4 },
          { type: 'piecewiseLinearEmbedding', columns: [2], edges: [[-1, 0, 1]], outputDim: 2 },
        ],
      }),
      layers.memberDense({ units: 2 }),
    ],
    3,
  ],
  ['one member', members(layers.memberScale({ useBias: true }), layers.memberDense({ units: 2 })), 1],
]

/** Networks for rows of `tableRows`, with weights that differ in every tensor and member. */
export const tableNetworks = specs.map(([name, all, count]): [string, Sequential] => {
  const model = new Sequential({ layers: all, seed: 5, ...(count === undefined ? {} : { members: count }) })
  const weights = model.getWeights()
  for (const { data } of weights) data.set(data.map((value) => value + 0.4 * (draw() - 0.5)))
  model.setWeights(weights)
  return [name, model]
})
