/** The cycles of a graph (node -> its neighbours), each once, as a path that ends where it starts. */
export function findCycles(graph) {
  const cycles = []
  const done = new Set()
  const path = []
  const visit = (node) => {
    const at = path.indexOf(node)
    if (at >= 0) cycles.push([...path.slice(at), node])
    if (at >= 0 || done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return cycles
}
