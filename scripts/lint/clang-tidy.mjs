import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { buildFolder, configureCppTests } from '../cpp-tests.mjs'
import { root } from '../setup/paths.mjs'
import { Log } from '../setup/step.mjs'
import { findTool } from '../setup/system.mjs'
import { problemsOf } from './command.mjs'

/** Runs clang-tidy over the core's sources (and, by them, its headers), a file a core at a time. */
export async function runClangTidy() {
  try {
    configureCppTests(new Log('clang-tidy'))
  } catch (error) {
    if (error.name !== 'SetupError') throw error
    return error.message
  }
  const { folder, files } = writeDatabase()
  const program = findTool('clang-tidy')
  const check = (file) => problemsOf(program, ['-p', folder, '--quiet', '--warnings-as-errors=*', file])
  const complaints = (await inParallel(files, check)).filter(Boolean).join('\n')
  return complaints.replace(/^\d+ warnings?( and \d+ errors?)? generated\.\n?/gm, '')
}

/** compile_commands.json with one command a file: the core is compiled twice, for floats and for doubles. */
function writeDatabase() {
  const all = JSON.parse(readFileSync(join(buildFolder, 'compile_commands.json'), 'utf8'))
  const entries = new Map()
  for (const entry of all) if (!entries.has(entry.file)) entries.set(entry.file, entry)
  const folder = join(root, '.cache', 'lint')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'compile_commands.json'), JSON.stringify([...entries.values()]))
  const files = [...entries.keys()].filter((file) => relative(join(root, 'cpp'), file)[0] !== '.')
  return { folder, files: files.sort((a, b) => statSync(b).size - statSync(a).size) }
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
