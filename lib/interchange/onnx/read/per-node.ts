import type { NodeProto } from '../proto/messages.js'

/** A function of a node that is computed once for each: the preparation evaluates nodes for many rows. */
export function perNode<T>(compute: (node: NodeProto) => T): (node: NodeProto) => T {
  const results = new WeakMap<NodeProto, { readonly result: T }>()
  return (node) => {
    const entry = results.get(node) ?? { result: compute(node) }
    results.set(node, entry)
    return entry.result
  }
}
