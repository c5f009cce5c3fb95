import { eachInSteps, type Work } from '../../../../base/breathing.js'
import type { NodeProto } from '../../proto/messages.js'

/** A value through which all rows pass. */
export interface Meeting {
  readonly output: string
  /** The nodes before it. */
  readonly nodes: number
}

/** Values in a row that are tried as the end of a columns layer, at most. */
const mostMeetings = 24

/**
 * The first values through which all rows pass, in order.
 * @param nodes those that depend on the rows and that the target depends on, in order.
 */
export function* meetingsOf(
  nodes: readonly NodeProto[],
  sources: readonly string[],
  target: string,
): Work<readonly Meeting[]> {
  const readers = new Map<string, number>()
  yield* eachInSteps(nodes, ({ input }) => {
    for (const name of new Set(input)) readers.set(name, (readers.get(name) ?? 0) + 1)
  })
  const inside = new Set(sources)
  const meetings: Meeting[] = []
  let waiting = sources.reduce((sum, name) => sum + (readers.get(name) ?? 0), 0)
  for (const [k, { input, output }] of nodes.entries()) {
    const made = output.filter((name) => name === target || readers.has(name))
    const after = made.reduce((sum, name) => sum + (readers.get(name) ?? 0), 0)
    waiting += after - new Set(input.filter((name) => inside.has(name))).size
    for (const name of made) inside.add(name)
    if (waiting === after && made.length === 1) meetings.push({ output: made[0]!, nodes: k + 1 })
    if (meetings.length === mostMeetings) break
    yield
  }
  return meetings
}
