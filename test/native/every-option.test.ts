import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { activationChoices } from '../../lib/activation-spec.js'
import type { Choices } from '../../lib/choice.js'
import { compileOptionKeys, optimizerChoices } from '../../lib/compile-spec.js'
import { fitOptionKeys } from '../../lib/fit-options.js'
import {
  type Callback,
  type CompileOptions,
  type FitOptions,
  type LayerSpec,
  layers,
  load,
  Sequential,
} from '../../lib/index.js'
import { evaluateOptionKeys, predictOptionKeys } from '../../lib/inference.js'
import { initializerChoices } from '../../lib/initializer-spec.js'
import { commonLayerOptions, type LayerType, layerOptions } from '../../lib/layer-spec.js'
import { lossChoices } from '../../lib/loss-spec.js'
import { scheduleChoices } from '../../lib/schedule-spec.js'
import { loadOptionKeys, saveOptionKeys } from '../../lib/sequential.js'
import { modelOptionKeys } from '../../lib/spec.js'
import { constraintChoices, regularizerChoices } from '../../lib/tensor-spec.js'

// Every option that the network's face declares has two values here. They must give different results, or one of them
// must be refused: an option that does nothing fails, and so does one that is declared and missing here.

const folder = mkdtempSync(join(tmpdir(), 'perceptra-options-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Two values of an option. */
type Pair = readonly [unknown, unknown]
/** Pairs by option, and what else the thing must be given. */
type Table = Readonly<Record<string, { readonly base?: object } & { readonly [option: string]: Pair | object }>>

const rows = 24
/** Numbers in -1 to 1 by a fixed rule. */
const numbers = (count: number, seed: number) => {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 31 - 1
  })
}
const table = (columns: number, seed: number, map = (value: number) => value) =>
  Array.from({ length: rows }, (_, row) => numbers(columns, seed + 977 * row).map(map))
const x = table(4, 1)
const values = table(2, 2)
const bits = table(2, 3, (value) => (value > 0 ? 1 : 0))
const oneHot = table(1, 4).map(([value]) => (value! > 0 ? [1, 0] : [0, 1]))
const classes = oneHot.map(([first]) => (first === 1 ? 0 : 1))
const counts = table(2, 5, (value) => Math.floor(4 * Math.abs(value)))
const indices = table(4, 6, (value) => Math.floor(3 * Math.abs(value)))

interface Setting {
  layers?: readonly LayerSpec[]
  seed?: number
  name?: string
  compile?: Partial<CompileOptions>
  fit?: FitOptions
  x?: number[][]
  y?: number[] | number[][]
}

const hidden = layers.dense({ units: 6, activation: 'tanh', inputShape: [4], name: 'below' })
const last = layers.dense({ units: 2, activation: 'softmax', name: 'last' })

/** All that can be seen of a model after a short fit; the error's message where something is refused. */
async function resultOf(setting: Setting): Promise<unknown> {
  const { compile, fit, seed = 3, ...rest } = setting
  const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const alsoPrinted = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    using model = new Sequential({
      layers: rest.layers ?? [hidden, last],
      seed,
      ...(rest.name && { name: rest.name }),
    })
    model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', ...compile })
    const inputs = rest.x ?? x
    const history = await model.fit(inputs, rest.y ?? classes, { epochs: 2, batchSize: 5, ...fit })
    const { logs, stopReason, epochs } = history
    return {
      names: [model.name, ...model.toJSON().layers.map(({ name }) => name)],
      weights: model.getWeights().map(({ data }) => [...data]),
      outputs: [...(await model.predict(inputs)).data],
      logs,
      epochs,
      stopReason,
      prints: printed.mock.calls.length + alsoPrinted.mock.calls.length > 0,
    }
  } catch (error) {
    return { refused: (error as Error).message }
  } finally {
    printed.mockRestore()
    alsoPrinted.mockRestore()
  }
}

/** Both must not be refused, each must give the same result again, and the results must differ. */
async function expectEffect(pair: Pair | undefined, setting: (value: unknown) => Setting | (() => Setting)) {
  expect(pair, 'a pair of values in the table of this test').toBeDefined()
  const run = (value: unknown) => {
    try {
      const made = setting(value)
      return resultOf(typeof made === 'function' ? made() : made)
    } catch (error) {
      return Promise.resolve({ refused: (error as Error).message })
    }
  }
  const [one, again, other] = [await run(pair![0]), await run(pair![0]), await run(pair![1])]
  expect(one, 'a first value that is not refused').not.toHaveProperty('refused')
  expect(again).toEqual(one)
  expect(other).not.toEqual(one)
}

const regularizers = [{ name: 'l2', l2: 0.5 }, undefined] as const
const constraints = ['unitNorm', undefined] as const
const normalization = {
  epsilon: [1e-3, 0.5],
  center: [true, false],
  scale: [true, false],
  betaInitializer: ['zeros', 'ones'],
  gammaInitializer: ['ones', 'zeros'],
  betaRegularizer: regularizers,
  gammaRegularizer: regularizers,
  betaConstraint: constraints,
  gammaConstraint: constraints,
} as const

const ofLayers: Record<LayerType, { base: object; options: Record<string, Pair> }> = {
  dense: {
    base: { units: 5, activation: 'tanh' },
    options: {
      units: [5, 4],
      activation: ['tanh', 'relu'],
      useBias: [true, false],
      kernelInitializer: ['glorotUniform', 'heNormal'],
      biasInitializer: ['zeros', 'ones'],
      kernelRegularizer: regularizers,
      biasRegularizer: regularizers,
      kernelConstraint: constraints,
      biasConstraint: constraints,
    },
  },
  activation: { base: { activation: 'tanh' }, options: { activation: ['tanh', 'relu'] } },
  dropout: { base: { rate: 0.5 }, options: { rate: [0.5, 0.25] } },
  alphaDropout: { base: { rate: 0.5 }, options: { rate: [0.5, 0.25] } },
  gaussianNoise: { base: { stddev: 0.5 }, options: { stddev: [0.5, 0.25] } },
  batchNormalization: { base: {}, options: { momentum: [0.99, 0.5], ...normalization } },
  layerNormalization: { base: {}, options: normalization },
  embedding: {
    base: { inputDim: 3, outputDim: 2, embeddingsInitializer: 'heNormal' },
    options: {
      inputDim: [3, 2], // refused: the data reach 2
      outputDim: [2, 3],
      embeddingsInitializer: ['heNormal', 'glorotNormal'],
      embeddingsRegularizer: regularizers,
      embeddingsConstraint: constraints,
    },
  },
}

/** What every layer takes. Layers without weights to train have nothing to freeze and no rate, yet take both. */
const ofEveryLayer: Record<string, Pair> = {
  trainable: [true, false],
  learningRateFactor: [1, 0.25],
  inputShape: [[6], [7]], // refused in the middle of a net
  name: ['one', 'two'],
}

const maker = layers as unknown as Record<LayerType, (options: object) => LayerSpec>

function around(type: LayerType, options: object): Setting {
  if (type !== 'embedding') return { layers: [hidden, maker[type](options), last] }
  return { layers: [maker[type]({ inputShape: [4], ...options }), last], x: indices }
}

describe.each(Object.entries(layerOptions))('layers.%s', (name, declared) => {
  const type = name as LayerType
  it.each(Object.keys(declared))('%s', async (option) => {
    const { base, options } = ofLayers[type]
    await expectEffect(options[option], (value) => around(type, { ...base, [option]: value }))
  })

  it.each([...Object.keys(commonLayerOptions), 'name'])('%s', async (option) => {
    const { base } = ofLayers[type]
    const bare = ['activation', 'dropout', 'alphaDropout', 'gaussianNoise'].includes(type)
    if (bare && (option === 'trainable' || option === 'learningRateFactor')) {
      // Nothing to train: the option is kept, and has nothing to act upon.
      const [one, other] = await Promise.all(
        ofEveryLayer[option]!.map((value) => resultOf(around(type, { ...base, [option]: value }))),
      )
      expect(other).toEqual(one)
      return
    }
    const pair = type === 'embedding' && option === 'inputShape' ? [[4], [5]] : ofEveryLayer[option]
    await expectEffect(pair as Pair, (value) => around(type, { ...base, [option]: value }))
  })
})

/** Walks the parameters of all choices of one kind. */
function walk(what: string, choices: Choices, pairs: Table, setting: (name: string, given: object) => Setting) {
  const parameters = Object.entries(choices).flatMap(([name, declared]) =>
    Object.keys(declared).map((parameter) => [name, parameter] as const),
  )
  it.skipIf(parameters.length === 0).each(parameters)(`${what} %s: %s`, async (name, parameter) => {
    const { base = {}, ...own } = pairs[name] ?? {}
    await expectEffect(own[parameter] as Pair | undefined, (value) => setting(name, { ...base, [parameter]: value }))
  })
}

/** No two choices do the same. */
async function expectAllDifferent(choices: Choices, setting: (name: string) => Setting, unlike = 'refused') {
  const results = new Map<string, string>()
  for (const name of Object.keys(choices)) {
    const result = await resultOf(setting(name))
    expect(result, name).not.toHaveProperty(unlike)
    const text = JSON.stringify(result)
    expect(results.get(text), `the result of ${name}`).toBeUndefined()
    results.set(text, name)
  }
}

const dense = (options: object) => around('dense', { ...ofLayers.dense.base, ...options })

describe('activations', () => {
  walk(
    'activation',
    activationChoices,
    {
      leakyRelu: { negativeSlope: [0.01, 0.3] },
      prelu: { initialSlope: [0.25, 0.5] },
      elu: { alpha: [1, 0.5] },
      gelu: { approximate: [false, true] },
    },
    (name, given) => dense({ activation: { name, ...given } }),
  )

  it('do each something else', async () => {
    const { step, ...others } = activationChoices
    expect(step).toBeDefined()
    await expectAllDifferent(others, (name) => dense({ activation: name }))
    expect(await resultOf(dense({ activation: 'step' }))).toHaveProperty('refused')
  })
})

describe('initializers', () => {
  const seed = [1, 2] as const
  const normal = { mean: [0, 1], stddev: [0.05, 0.5], seed } as const
  walk(
    'initializer',
    initializerChoices,
    {
      constant: { value: [0.1, 0.2] },
      glorotUniform: { seed },
      glorotNormal: { seed },
      heUniform: { seed },
      heNormal: { seed },
      lecunUniform: { seed },
      lecunNormal: { seed },
      orthogonal: { gain: [1, 2], seed },
      randomUniform: { min: [-0.05, -0.5], max: [0.05, 0.5], seed },
      randomNormal: normal,
      truncatedNormal: normal,
    },
    (name, given) => dense({ kernelInitializer: { name, ...given } }),
  )

  it('do each something else', async () => {
    // A constant is 0 by default, as zeros.
    const { constant: _, ...others } = initializerChoices
    await expectAllDifferent(others, (name) => dense({ kernelInitializer: name }))
  })
})

describe('regularizers', () => {
  const factor = [0.01, 0.1] as const
  walk(
    'regularizer',
    regularizerChoices,
    { l1: { l1: factor }, l2: { l2: factor }, l1l2: { l1: factor, l2: factor } },
    (name, given) => dense({ kernelRegularizer: { name, ...given } }),
  )
  it('do each something else', () =>
    expectAllDifferent(regularizerChoices, (name) => dense({ kernelRegularizer: name })))
})

describe('constraints', () => {
  walk('constraint', constraintChoices, { maxNorm: { limit: [2, 0.1] } }, (name, given) =>
    dense({ kernelConstraint: { name, ...given } }),
  )
  it('do each something else', () =>
    expectAllDifferent(constraintChoices, (name) =>
      dense({ kernelInitializer: 'heNormal', kernelConstraint: name === 'maxNorm' ? { name, limit: 0.5 } : name }),
    ))
})

/** What each loss takes: the last layer's activation and the targets. */
const nets: Record<string, { activation: string; y: number[] | number[][] }> = {
  ...Object.fromEntries(
    ['meanSquaredError', 'meanAbsoluteError', 'huber', 'logCosh', 'quantile'].map((name) => [
      name,
      { activation: 'linear', y: values },
    ]),
  ),
  binaryCrossentropy: { activation: 'sigmoid', y: bits },
  focal: { activation: 'sigmoid', y: bits },
  categoricalCrossentropy: { activation: 'softmax', y: oneHot },
  kullbackLeibler: { activation: 'softmax', y: oneHot.map(([a, b]) => [0.8 * a! + 0.1, 0.8 * b! + 0.1]) },
  sparseCategoricalCrossentropy: { activation: 'softmax', y: classes },
  hinge: { activation: 'linear', y: bits },
  squaredHinge: { activation: 'linear', y: bits },
  poisson: { activation: 'exponential', y: counts },
  gaussianNll: { activation: 'linear', y: values.map(([first]) => first!) },
}

describe('losses', () => {
  const withLoss = (name: string, given: object): Setting => {
    expect(nets[name], `a net for ${name} in the table of this test`).toBeDefined()
    const { activation, y } = nets[name]!
    const output = layers.dense({ units: 2, activation: activation as 'linear' })
    return { layers: [hidden, output], y, compile: { loss: { name, ...given } as never } }
  }
  const fromLogits = [false, true] as const // refused behind another activation
  const crossentropy = { fromLogits, labelSmoothing: [0, 0.2] }
  walk(
    'loss',
    lossChoices,
    {
      huber: { delta: [1, 0.1] },
      binaryCrossentropy: crossentropy,
      categoricalCrossentropy: crossentropy,
      sparseCategoricalCrossentropy: crossentropy,
      poisson: { fromLogits },
      quantile: { quantile: [0.5, 0.9] },
      focal: { gamma: [2, 1], alpha: [0.25, 0.75] },
    },
    withLoss,
  )
  it('do each something else', () => expectAllDifferent(lossChoices, (name) => withLoss(name, {})))
})

describe('optimizers', () => {
  const learningRate = [0.01, 0.02] as const
  const rules = {
    learningRate,
    weightDecay: [0.01, 0.5],
    clipValue: [1e-3, 2e-3],
    clipNorm: [1e-3, 2e-3],
    globalClipNorm: [1e-3, 2e-3],
    ema: [0.9, 0.5],
    gradientAccumulationSteps: [1, 2],
  } as const
  const epsilon = [1e-8, 1e-2] as const
  const beta1 = [0.9, 0.5] as const
  const beta2 = [0.999, 0.5] as const
  // A short fit is too short for the largest of the squares to be an old one.
  const amsgrad = [false, true] as const
  const moments = { ...rules, beta1, beta2, epsilon }
  const adam = { ...moments, base: { beta2: 0.5 }, amsgrad }
  // Its steps have one length: where all gradients are scaled alike, it goes the same way. So some are, and some are not.
  const some = [1e-3, 0.4] as const
  const lion = { ...rules, clipNorm: some, globalClipNorm: [1e-3, 0.8], beta1, beta2: [0.99, 0.3] }
  walk(
    'optimizer',
    optimizerChoices,
    {
      sgd: { ...rules, momentum: [0, 0.9], nesterov: [true, false], base: { momentum: 0.5 } },
      adagrad: { ...rules, initialAccumulatorValue: [0, 0.1], epsilon: [1e-10, 1e-2] },
      rmsprop: { ...rules, rho: [0.99, 0.5], momentum: [0, 0.9], epsilon, centered: [false, true] },
      adadelta: { ...rules, learningRate: [1, 0.5], rho: [0.9, 0.5], epsilon: [1e-6, 1e-2] },
      adam,
      adamw: adam,
      adamax: moments,
      nadam: moments,
      lion,
      lbfgs: {
        historySize: [10, 1],
        maxLineSearchSteps: [20, 1],
        gradientTolerance: [1e-5, 10],
        valueTolerance: [2.2e-9, 1],
      },
    } as unknown as Table,
    (name, given) => {
      const fit = name === 'lbfgs' ? { batchSize: undefined, epochs: 12 } : { epochs: 4 }
      return { compile: { optimizer: { name, ...given } as never }, fit }
    },
  )
  it('do each something else', () =>
    expectAllDifferent(optimizerChoices, (name) => ({
      compile: { optimizer: (name === 'lbfgs' ? name : { name, learningRate: 0.01 }) as never },
      ...(name === 'lbfgs' && { fit: { batchSize: undefined } }),
    })))
})

describe('schedules', () => {
  const base = { initial: 0.1, steps: 5 }
  const always = { initial: [0.1, 0.2], steps: [5, 4] } as const
  const decay = {
    base: { ...base, decayRate: 0.5 },
    ...always,
    decayRate: [0.5, 0.9],
    staircase: [false, true],
  } as const
  const final = [0, 0.05] as const
  walk(
    'schedule',
    scheduleChoices,
    {
      constant: { value: [0.1, 0.2] },
      exponentialDecay: decay,
      inverseTime: decay,
      polynomial: { base, ...always, final, power: [1, 2], cycle: [false, true] },
      piecewise: {
        base: { boundaries: [2], values: [0.1, 0.2] },
        boundaries: [[2], [3]],
        values: [
          [0.1, 0.2],
          [0.1, 0.3],
        ],
      },
      cosine: { base: { ...base, warmupSteps: 2 }, ...always, final, warmupSteps: [2, 3], warmupInitial: [0, 0.1] },
      cosineRestarts: { base, ...always, final, tMul: [2, 1], mMul: [1, 0.5] },
      oneCycle: {
        base: { maximum: 0.5, steps: 10 },
        maximum: [0.5, 0.4],
        steps: [10, 8],
        startShare: [0.3, 0.5],
        divFactor: [25, 2],
        finalDivFactor: [1e4, 2],
        anneal: ['cosine', 'linear'],
      },
      coslog4: { ...always, base: { initial: 0.1, steps: 9 }, steps: [9, 8] },
    } as unknown as Table,
    (name, given) => ({ compile: { optimizer: { name: 'sgd', learningRate: { name, ...given } } as never } }),
  )
})

describe('fit', () => {
  const aborted = AbortSignal.abort()
  const twice = classes.map((_, row) => (row % 2) + 1)
  const callback: Callback = { onTrainBegin: ({ stop }) => stop('stopTraining') }
  const pairs: Record<keyof FitOptions, Pair> = {
    epochs: [2, 3],
    batchSize: [5, 6],
    validationSplit: [0, 0.25],
    validationData: [undefined, [x, classes]],
    sampleWeight: [undefined, twice],
    classWeight: [undefined, { 0: 1, 1: 3 }],
    shuffle: [true, false],
    initialEpoch: [0, 1],
    threads: [1, 257], // refused; that they are used is a matter of the core's tests
    verbose: [0, 1],
    signal: [undefined, aborted],
    timeLimit: [Infinity, 1e-9],
    layerStatistics: [false, true],
    callbacks: [[], [callback]],
  }
  it.each(fitOptionKeys)('%s', async (option) => {
    await expectEffect(pairs[option as keyof FitOptions], (value) => ({ fit: { [option]: value } }))
  })
})

describe('compile', () => {
  const pairs: Record<keyof CompileOptions, Pair> = {
    optimizer: ['sgd', 'adam'],
    loss: ['sparseCategoricalCrossentropy', 'meanSquaredError'], // refused: the targets are class numbers
    metrics: [[], ['accuracy']],
  }
  it.each(compileOptionKeys)('%s', async (option) => {
    await expectEffect(pairs[option as keyof CompileOptions], (value) => ({ compile: { [option]: value } }))
  })
})

describe('Sequential', () => {
  const pairs: Record<string, Pair> = {
    layers: [[hidden, last], [layers.dense({ units: 2, activation: 'softmax', inputShape: [4] })]],
    seed: [1, 2],
    name: ['one', 'two'],
  }
  it.each(modelOptionKeys)('%s', async (option) => {
    await expectEffect(pairs[option], (value) => ({ [option]: value }))
  })
})

describe('what is done with a model', () => {
  const make = () => {
    const model = new Sequential({ layers: [hidden, last], seed: 1 })
    model.compile({
      optimizer: { name: 'adam', learningRate: () => 0.01 } as never,
      loss: 'sparseCategoricalCrossentropy',
    })
    return model
  }
  const outcome = async (run: () => Promise<unknown>) => {
    try {
      return await run()
    } catch (error) {
      return { refused: (error as Error).message }
    }
  }
  const expectDifferent = async (pair: Pair | undefined, run: (value: unknown) => Promise<unknown>) => {
    expect(pair, 'a pair of values in the table of this test').toBeDefined()
    const [one, other] = [await outcome(() => run(pair![0])), await outcome(() => run(pair![1]))]
    expect(one).not.toEqual(other)
  }
  const aborted = AbortSignal.abort()

  it.each(evaluateOptionKeys)('evaluate: %s', async (option) => {
    const pairs: Record<string, Pair> = {
      signal: [undefined, aborted],
      sampleWeight: [undefined, classes.map((_, row) => row + 1)],
    }
    using model = make()
    await expectDifferent(pairs[option], (value) => model.evaluate(x, classes, { [option]: value }))
  })

  it.each(predictOptionKeys)('predict and layer().output: %s', async (option) => {
    const pairs: Record<string, Pair> = { signal: [undefined, aborted] }
    using model = make()
    await expectDifferent(pairs[option], (value) => model.predict(x, { [option]: value }))
    await expectDifferent(pairs[option], (value) => model.layer(0).output(x, { [option]: value }))
  })

  it.each(saveOptionKeys)('save: %s', async (option) => {
    const pairs: Record<string, Pair> = { includeOptimizer: [true, false] }
    using model = make()
    await model.fit(x, classes)
    await expectDifferent(pairs[option], async (value) => {
      const path = join(folder, 'save.safetensors')
      await model.save(path, { [option]: value })
      using again = await load(path, { learningRate: 0.01 })
      await again.fit(x, classes)
      return [...again.getWeights()[0]!.data]
    })
  })

  it.each(loadOptionKeys)('load: %s', async (option) => {
    const pairs: Record<string, Pair> = { learningRate: [0.01, 0.02] }
    using model = make()
    const path = join(folder, 'load.safetensors')
    await model.save(path)
    await expectDifferent(pairs[option], async (value) => {
      using again = await load(path, { [option]: value })
      return again.learningRate
    })
  })
})
