import { dirname, join } from 'node:path/posix'
import { findCycles } from './cycles.mjs'
import { readModule } from './module.mjs'
import { rooms, rootFiles } from './rooms.mjs'

// The file through which lib/ gets the addon, the one that it loads it with, and the one that names the files of binaries.
const loader = 'lib/native/addon.ts'
const opener = 'addon/index.ts'
const prebuilt = 'lib/native/load-error.ts'

// The packages, and the one file that may import each, so that a package can be replaced in one place.
const importers = {
  'csv-parse': 'lib/datasets/csv-records.ts',
  commander: 'lib/cli/commander.ts',
  hyparquet: 'lib/datasets/parquet-file.ts',
  '@bufbuild/protobuf': 'lib/interchange/onnx/proto/messages.ts',
  '@bufbuild/protobuf/wire': 'lib/files/protobuf.ts',
}

// Written by a compiler, which decides their imports.
const generated = ['lib/interchange/onnx/proto/onnx-ml_pb.ts']

/** The problems of the imports in lib/. */
export function checkTypeScript(files) {
  const modules = new Map()
  for (const path of Object.keys(files)) {
    if (path.startsWith('lib/') && path.endsWith('.ts')) modules.set(path, readModule(path, files[path]))
  }
  const graph = new Map([...modules].map(([path, module]) => [path, module.imports.map((name) => target(path, name))]))
  const problems = [...modules].flatMap(([path, module]) => [
    ...checkPlace(path),
    ...module.imports.flatMap((name) => checkImport(path, name)),
    ...checkLoading(path, module),
    ...checkIndex(path, module),
  ])
  return [
    ...problems,
    ...findCycles(graph).map((cycle) => `${cycle[0]}: imports go in a circle: ${cycle.join(' -> ')}`),
  ]
}

function target(path, name) {
  return name.startsWith('.') ? join(dirname(path), name).replace(/\.js$/, '.ts') : name
}

function checkPlace(path) {
  return roomOf(path) ? [] : [`${path}: is in none of the rooms of scripts/directions/rooms.mjs`]
}

function checkImport(path, name) {
  if (name.startsWith('node:')) return []
  if (!name.startsWith('.')) {
    if (generated.includes(path)) return []
    const only = importers[name]
    if (only === undefined) return [`${path}: imports the package ${name}, which has no line in importers`]
    return path === only ? [] : [`${path}: imports the package ${name}, but only ${only} may`]
  }
  const to = target(path, name)
  if (to === opener && roomOf(path)?.name === 'native') return []
  if (!to.startsWith('lib/')) return [`${path}: imports ${to}, which is outside of lib/`]
  const [fromRoom, toRoom] = [roomOf(path), roomOf(to)]
  if (!fromRoom || !toRoom || fromRoom === toRoom) return []
  if (toRoom.floor > fromRoom.floor) return [`${path}: imports ${to} from a floor above its own`]
  if (toRoom.floor === fromRoom.floor) return [`${path}: imports ${to}, a room on the same floor`]
  if (fromRoom.plain && !toRoom.plain) return [`${path}: imports ${to}, but ${fromRoom.name} works without the addon`]
  return []
}

function checkLoading(path, { strings, names }) {
  if (path === loader) return []
  const signs = [
    ...strings.filter((text) => text === 'node-gyp-build' || (path !== prebuilt && text.endsWith('.node'))),
    ...names.filter((name) => name === 'dlopen'),
  ]
  return signs.map((sign) => `${path}: loads the addon (${sign}), but only ${loader} may`)
}

function checkIndex(path, { onlyExports }) {
  if (!path.endsWith('/index.ts') || onlyExports) return []
  return [`${path}: holds more than exports from other files`]
}

/** The room that a file is in. */
function roomOf(path) {
  const [folder, ...inside] = path.slice('lib/'.length).split('/')
  const isInRoot = inside.length === 0
  const name = isInRoot ? folder.replace(/\.ts$/, '') : folder
  if (isInRoot !== rootFiles.includes(name)) return undefined
  return rooms.find((room) => room.name === name)
}
