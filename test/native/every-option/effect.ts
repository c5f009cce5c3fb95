import { expect, it, vi } from 'vitest'
import type { AnyChoices } from '../../../lib/base/choice.js'
import {
  type CompileOptions,
  type FitOptions,
  type History,
  type LayerSpec,
  layers,
  Sequential,
} from '../../../lib/index.js'
import type { LayerType } from '../../../lib/spec/layer-spec.js'
import { classes, indices, x } from './data.js'

// These tests have two values for every option of networks. The two must give different results, or the second must be
// rejected: a test fails for an option without effect, and for an option without values here.

/** Two values of an option. */
export type Pair = readonly [unknown, unknown]
/** Pairs by option; `base` are the other required options. */
export type Table = Readonly<Record<string, { readonly base?: object } & { readonly [option: string]: Pair | object }>>

export interface Setting {
  layers?: readonly LayerSpec[]
  seed?: number
  name?: string
  members?: number
  compile?: Partial<CompileOptions>
  fit?: FitOptions
  x?: number[][]
  y?: number[] | number[][]
}

export const hidden = layers.dense({ units: 6, activation: 'tanh', inputShape: [4], name: 'first' })
export const last = layers.dense({ units: 2, activation: 'softmax', name: 'last' })

/** Everything observable of a model after a short fit, or the message of an error. */
export async function resultOf(setting: Setting): Promise<unknown> {
  const { compile, fit, seed = 3, ...rest } = setting
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    using model = new Sequential({
      layers: rest.layers ?? [hidden, last],
      seed,
      ...(rest.name && { name: rest.name }),
      ...(rest.members && { members: rest.members }),
    })
    model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', ...compile })
    const inputs = rest.x ?? x
    const history = await model.fit(inputs, rest.y ?? classes, { epochs: 2, batchSize: 5, ...fit })
    const { logs, stopReason, epochs } = history
    return {
      names: [model.name, ...model.toJSON().layers.map(({ name }) => name)],
      weights: model.getWeights().map(({ data }) => [...data]),
      outputs: [...(await model.predict(inputs)).data],
      logs: rounded(logs),
      epochs,
      stopReason,
      prints: stderr.mock.calls.length + stdout.mock.calls.length > 0,
    }
  } catch (error) {
    return { error: (error as Error).message }
  } finally {
    stderr.mockRestore()
    stdout.mockRestore()
  }
}

/** Logs without their last digits, which depend on where slices end: a busy machine ends them within an epoch. */
function rounded(logs: History['logs']): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(logs).map(([key, values]) => [key, values.map((value) => Number(value.toPrecision(12)))]),
  )
}

/**
 * Expects that the first value works, that its result is reproducible, and that the second value gives another result.
 */
export async function expectEffect(pair: Pair | undefined, setting: (value: unknown) => Setting | (() => Setting)) {
  expect(pair, 'a pair of values in the table of this test').toBeDefined()
  const run = (value: unknown) => {
    try {
      const result = setting(value)
      return resultOf(typeof result === 'function' ? result() : result)
    } catch (error) {
      return Promise.resolve({ error: (error as Error).message })
    }
  }
  const [one, again, other] = [await run(pair![0]), await run(pair![0]), await run(pair![1])]
  expect(one, 'a first value without an error').not.toHaveProperty('error')
  expect(again).toEqual(one)
  expect(other).not.toEqual(one)
}

/** Tests all parameters of all choices of one kind. */
export function testParameters(
  kind: string,
  choices: AnyChoices,
  pairs: Table,
  setting: (name: string, parameters: object) => Setting,
) {
  const parameters = Object.entries(choices).flatMap(([name, options]) =>
    Object.keys(options).map((parameter) => [name, parameter] as const),
  )
  it.skipIf(parameters.length === 0).each(parameters)(
    `${kind} %s: parameter %s has an effect`,
    async (name, parameter) => {
      const { base = {}, ...pairsOfName } = pairs[name] ?? {}
      await expectEffect(pairsOfName[parameter] as Pair | undefined, (value) =>
        setting(name, { ...base, [parameter]: value }),
      )
    },
  )
}

/** Expects that no two choices give the same result. */
export async function expectAllDifferent(choices: AnyChoices, setting: (name: string) => Setting) {
  const results = new Map<string, string>()
  for (const name of Object.keys(choices)) {
    const result = await resultOf(setting(name))
    expect(result, name).not.toHaveProperty('error')
    const text = JSON.stringify(result)
    expect(results.get(text), `the result of ${name}`).toBeUndefined()
    results.set(text, name)
  }
}

const factories = layers as unknown as Record<LayerType, (options: object) => LayerSpec>

/** Layers that differ by member. */
export const memberTypes: readonly LayerType[] = ['memberScale', 'memberDense', 'denseBatchEnsemble']

/** A network with one layer between the first and the last, or in place of the first. */
export function around(type: LayerType, options: object): Setting {
  const members = memberTypes.includes(type) ? 2 : 1
  if (type !== 'embedding') return { layers: [hidden, factories[type](options), last], members }
  return { layers: [factories[type]({ inputShape: [4], ...options }), last], x: indices }
}
