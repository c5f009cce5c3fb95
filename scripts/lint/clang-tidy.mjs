import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { configureCppTests } from '../cpp-tests.mjs'
import { clangTidy } from '../setup/clang-tidy.mjs'
import { root } from '../setup/paths.mjs'
import { Log } from '../setup/step.mjs'
import { problemsOf } from './command.mjs'

const folder = join(root, '.cache', 'lint')
const buildFolder = join(folder, 'build')

/** Runs clang-tidy over the core's sources (and their headers), one file per core at a time. */
export async function runClangTidy() {
  try {
    // clang-tidy reads the headers, not a precompiled form of another compiler.
    configureCppTests(new Log('clang-tidy'), buildFolder, ['-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON'])
  } catch (error) {
    if (error.name !== 'SetupError') throw error
    return error.message
  }
  const files = writeDatabase()
  const check = (file) => problemsOf(clangTidy, ['-p', folder, '--quiet', '--warnings-as-errors=*', file])
  const results = await inParallel(files, check)
  const complaints = [...results, await checkThreadSafety()].filter(Boolean).join('\n')
  return complaints.replace(/^\d+ warnings?( and \d+ errors?)? generated\.\n?/gm, '')
}

/** Complains unless clang's thread-safety analysis complains about both violations in a file made for that. */
async function checkThreadSafety() {
  const file = join('cpp', 'test', 'lint', 'without_capability.cpp')
  const complaints = await problemsOf(clangTidy, [
    '--quiet',
    '--warnings-as-errors=*',
    file,
    '--',
    '-std=c++20',
    '-Icpp',
  ])
  const count = complaints.match(/clang-diagnostic-thread-safety/g)?.length ?? 0
  return count === 2 ? '' : `${file}: expected 2 complaints of the thread-safety analysis, got ${count}.\n${complaints}`
}

/**
 * Writes compile_commands.json with one command per file, as the core is compiled twice (float and double). Returns the
 * files, the largest first.
 */
function writeDatabase() {
  const all = JSON.parse(readFileSync(join(buildFolder, 'compile_commands.json'), 'utf8'))
  const entries = new Map()
  for (const entry of all) if (!entries.has(entry.file)) entries.set(entry.file, entry)
  writeFileSync(join(folder, 'compile_commands.json'), JSON.stringify([...entries.values()]))
  const files = [...entries.keys()].filter((file) => relative(join(root, 'cpp'), file)[0] !== '.')
  return files.sort((a, b) => statSync(b).size - statSync(a).size)
}

async function inParallel(items, work) {
  const results = []
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) results.push(await work(item))
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return results
}
