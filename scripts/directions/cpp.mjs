import { dirname, join } from 'node:path/posix'
import { findCycles } from './cycles.mjs'

// A folder of cpp/ -> the other folders that its files may include.
const layers = {
  math: [],
  nn: ['math'],
  optim: ['math'],
  train: ['nn', 'optim', 'math'],
  linear: ['train', 'math'],
  test: ['linear', 'train', 'nn', 'optim', 'math'],
  bench: ['test', 'train', 'math'],
}

// Headers that only some files may include.
const reserved = [
  {
    header: /(^|\/)(cblas|f77blas|lapacke|openblas_config)\.h$/,
    to: ['cpp/math/blas.cpp', 'cpp/bench/multipliers.cpp'],
  },
  { header: /(^|\/)(napi(-inl)?|node_api|js_native_api)\.h$/, to: ['binding/napi_setup.h'] },
]

/** The problems of the includes in cpp/ and binding/. */
export function checkCpp(files) {
  const sources = Object.keys(files).filter((path) => /^(cpp|binding)\//.test(path))
  const graph = new Map(sources.map((path) => [path, includesOf(path, files)]))
  const problems = sources.flatMap((path) => [
    ...checkPlace(path),
    ...graph.get(path).flatMap((included) => checkInclude(path, included)),
  ])
  return [
    ...problems,
    ...findCycles(graph).map((cycle) => `${cycle[0]}: includes go in a circle: ${cycle.join(' -> ')}`),
  ]
}

function includesOf(path, files) {
  return [...files[path].matchAll(/^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]/gm)].map(([, name]) => {
    const candidates = [join(dirname(path), name), join('cpp', name), join('binding', name)]
    return candidates.find((file) => file in files) ?? byName(name)
  })
}

/** The place of a header that is not in the tree, by its name. */
function byName(name) {
  const plain = name.replace(/^(\.\.\/)+/, '')
  return plain.split('/')[0] in layers && plain.includes('/') ? `cpp/${plain}` : plain
}

function checkPlace(path) {
  if (path.startsWith('binding/') || folderOf(path) in layers) return []
  return [`${path}: its folder has no place in scripts/directions/cpp.mjs`]
}

function folderOf(path) {
  return path.split('/')[1]
}

function checkInclude(path, included) {
  const rule = reserved.find(({ header }) => header.test(included))
  if (rule && !rule.to.includes(path)) return [`${path}: includes ${included}, which only ${rule.to.join(', ')} may`]
  if (!path.startsWith('cpp/')) return []
  if (included.startsWith('binding/')) return [`${path}: includes ${included}, but the core knows nothing of Node`]
  if (!included.startsWith('cpp/')) return []
  const [from, to] = [folderOf(path), folderOf(included)]
  if (to === from || (layers[from] ?? [to]).includes(to)) return []
  return [`${path}: includes ${included}, but ${from} may include only ${layers[from].join(', ') || 'itself'}`]
}
