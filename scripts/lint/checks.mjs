import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { findTool } from '../setup/system.mjs'
import { runClangTidy } from './clang-tidy.mjs'
import { problemsOf } from './command.mjs'

const tool = (...path) => join(root, 'node_modules', ...path)

/** A check returns its complaints, or '' if there are none. */
export const checks = [
  { name: 'biome', run: runBiome },
  { name: 'TypeScript types', run: () => node(tool('typescript', 'bin', 'tsc'), '--noEmit', '-p', 'tsconfig.json') },
  {
    name: 'TypeScript types of web/',
    run: () => node(tool('typescript', 'bin', 'tsc'), '--noEmit', '-p', 'web/tsconfig.json'),
  },
  { name: 'pages of web/', run: makePages },
  { name: 'site of the documentation', run: () => node(join(root, 'scripts', 'docs', 'build.mjs')) },
  { name: 'directions', run: () => node(join(root, 'scripts', 'check-directions.mjs')) },
  { name: 'picture of the rooms', run: drawRooms },
  { name: 'clang-format', run: runClangFormat },
  { name: 'clang-tidy', run: runClangTidy },
]

function node(...args) {
  return problemsOf(process.execPath, args)
}

function drawRooms(fix) {
  return node(join(root, 'scripts', 'directions', 'picture.mjs'), ...(fix ? [] : ['--check']))
}

function makePages(fix) {
  return node(join(root, 'scripts', 'make-pages.mjs'), ...(fix ? [] : ['--check']))
}

function runBiome(fix) {
  const args = ['check', '--error-on-warnings', '--colors=off', ...(fix ? ['--write'] : [])]
  return node(tool('@biomejs', 'biome', 'bin', 'biome'), ...args)
}

function runClangFormat(fix) {
  const files = ['cpp', 'binding'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => /\.(cpp|h|inc)$/.test(name))
      .map((name) => join(folder, name)),
  )
  return problemsOf(findTool('clang-format'), fix ? ['-i', ...files] : ['--dry-run', '-Werror', ...files])
}
