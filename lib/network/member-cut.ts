import { checkInteger, invalid } from '../base/check.js'
import { type ModelSpec, tensorsOf } from '../spec/model.js'
import type { Core } from './core.js'
import { tensorView } from './weights.js'

/** A network of some of a network's members: its layers and its flat vector of weights. */
export interface MemberCut {
  readonly spec: ModelSpec
  readonly weights: Float32Array
}

/**
 * Cuts a network to some of its members.
 * @throws ArgumentError for no members, or for one twice or out of range; MlpError ERR_BUSY, ERR_DISPOSED.
 */
export function cutMembers(core: Core, members: readonly number[]): MemberCut {
  core.checkAtRest('select members')
  const chosen = readMembers(members, core.members)
  const { members: _, ...rest } = core.spec
  const spec: ModelSpec = chosen.length > 1 ? { ...rest, members: chosen.length } : rest
  const flat = core.native.getWeights()
  const parts = tensorsOf(core.spec).flatMap(({ byMember }, i) => {
    const all = tensorView(flat, core.tensors[i]!)
    if (!byMember) return [all]
    const size = all.length / core.members
    return chosen.map((member) => all.subarray(member * size, (member + 1) * size))
  })
  const weights = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    weights.set(part, at)
    at += part.length
  }
  return { spec, weights }
}

function readMembers(members: readonly number[], count: number): readonly number[] {
  if (!Array.isArray(members) || members.length === 0) {
    throw invalid('members', 'an array of the numbers of at least one member', members)
  }
  for (const [i, member] of members.entries()) {
    checkInteger(member, `members[${i}]`, { min: 0, max: count - 1 })
    if (members.indexOf(member) < i) throw invalid(`members[${i}]`, 'a member that is not chosen already', member)
  }
  return members
}
