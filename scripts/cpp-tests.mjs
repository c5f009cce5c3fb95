import { existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { isSound } from './setup/builds.mjs'
import { root } from './setup/paths.mjs'
import { output } from './setup/step.mjs'
import { buildEnvironment } from './setup/system.mjs'

/** A folder of its own, because CMake remembers the options of builds made by hand. */
export const buildFolder = join(root, '.cache', 'cpp-tests', 'build')

/** Configures the C++ tests in `folder`, with compile_commands.json. Throws an error with the log. */
export function configureCppTests(log, folder, definitions) {
  const env = buildEnvironment()
  if (existsSync(folder) && !isSound(folder)) rmSync(folder, { recursive: true, force: true })
  const generator = !existsSync(folder) && output('ninja', ['--version']) ? ['-G', 'Ninja'] : []
  const flags = ['-DPERCEPTRA_BUILD_TESTS=ON', '-DCMAKE_BUILD_TYPE=Release', ...definitions]
  if (!log.try('cmake', ['-S', root, '-B', folder, ...generator, ...flags], { env })) {
    throw log.failure('Configuring the C++ tests')
  }
}

export function buildCppTests(log) {
  const args = ['--build', buildFolder, '--parallel', String(availableParallelism())]
  if (!log.try('cmake', args, { env: buildEnvironment() })) throw log.failure('Building the C++ tests')
}
