import type { Work } from '../../../../base/breathing.js'
import type { Evaluator } from '../preparation/evaluate.js'
import type { Inputs } from '../preparation/inputs.js'
import { nodeText, problem } from '../problem.js'
import type { ScaledPart } from './parts.js'

/** Numbers far from 0: functions such as Clip are affine near 0 only. */
export const far = [-1e6, -300, -60, -4, 4, 60, 300, 1e6] as const

/**
 * Compares columns that are taken as they are, or scaled, with the graph far from 0.
 * @throws FormatError for a part that bends there, with its node.
 */
export function* checkScaled(evaluator: Evaluator, inputs: Inputs, parts: readonly ScaledPart[]): Work<void> {
  const own = parts.filter(({ options }) => options.type === 'passthrough')
  const names = own.map(({ name }) => name)
  const feeds = yield* inputs.feed(far.length, (row) => far[row]!)
  const values = yield* evaluator.run(yield* evaluator.nodesTo(...names), feeds, names)
  for (const { name, options, scale, shift } of own) {
    yield
    const { data } = values.get(name)!
    const { length } = options.columns
    const isWrong = (x: number, row: number) =>
      options.columns.some((_, k) => {
        const expected = (shift?.[k] ?? 0) + x * (scale?.[k] ?? 1)
        return !(Math.abs(Number(data[row * length + k]) - expected) <= 1e-6 * Math.max(1, Math.abs(expected)))
      })
    const wrong = far.find(isWrong)
    if (wrong === undefined) continue
    const { file, maker } = evaluator.graph
    throw problem(file, `${nodeText(maker(name)!)}: it scales columns near 0, but not at ${wrong}.`)
  }
}
