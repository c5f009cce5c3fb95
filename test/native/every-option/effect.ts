import { expect, it, vi } from 'vitest'
import type { AnyChoices } from '../../../lib/base/choice.js'
import { type CompileOptions, type FitOptions, type LayerSpec, layers, Sequential } from '../../../lib/index.js'
import type { LayerType } from '../../../lib/spec/layer.js'
import { classes, indices, x } from './data.js'

// Every option that the network's face declares has two values here. They must give different results, or one of them
// must be refused: an option that does nothing fails, and so does one that is declared and missing here.

/** Two values of an option. */
export type Pair = readonly [unknown, unknown]
/** Pairs by option, and what else the thing must be given. */
export type Table = Readonly<Record<string, { readonly base?: object } & { readonly [option: string]: Pair | object }>>

export interface Setting {
  layers?: readonly LayerSpec[]
  seed?: number
  name?: string
  compile?: Partial<CompileOptions>
  fit?: FitOptions
  x?: number[][]
  y?: number[] | number[][]
}

export const hidden = layers.dense({ units: 6, activation: 'tanh', inputShape: [4], name: 'below' })
export const last = layers.dense({ units: 2, activation: 'softmax', name: 'last' })

/** All that can be seen of a model after a short fit; the error's message where something is refused. */
export async function resultOf(setting: Setting): Promise<unknown> {
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
export async function expectEffect(pair: Pair | undefined, setting: (value: unknown) => Setting | (() => Setting)) {
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

/** Walks the parameters of all choices of one kind. */
export function walk(
  what: string,
  choices: AnyChoices,
  pairs: Table,
  setting: (name: string, given: object) => Setting,
) {
  const parameters = Object.entries(choices).flatMap(([name, declared]) =>
    Object.keys(declared).map((parameter) => [name, parameter] as const),
  )
  it.skipIf(parameters.length === 0).each(parameters)(`${what} %s: %s`, async (name, parameter) => {
    const { base = {}, ...own } = pairs[name] ?? {}
    await expectEffect(own[parameter] as Pair | undefined, (value) => setting(name, { ...base, [parameter]: value }))
  })
}

/** No two choices do the same. */
export async function expectAllDifferent(choices: AnyChoices, setting: (name: string) => Setting, unlike = 'refused') {
  const results = new Map<string, string>()
  for (const name of Object.keys(choices)) {
    const result = await resultOf(setting(name))
    expect(result, name).not.toHaveProperty(unlike)
    const text = JSON.stringify(result)
    expect(results.get(text), `the result of ${name}`).toBeUndefined()
    results.set(text, name)
  }
}

const maker = layers as unknown as Record<LayerType, (options: object) => LayerSpec>

export function around(type: LayerType, options: object): Setting {
  if (type !== 'embedding') return { layers: [hidden, maker[type](options), last] }
  return { layers: [maker[type]({ inputShape: [4], ...options }), last], x: indices }
}
