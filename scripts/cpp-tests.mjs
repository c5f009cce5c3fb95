import { existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { isSound } from './setup/builds.mjs'
import { root } from './setup/paths.mjs'
import { output } from './setup/step.mjs'
import { buildEnvironment } from './setup/system.mjs'

export const buildFolder = join(root, 'build-cpp')

/** Configures the C++ tests' build, which also writes compile_commands.json. Throws with the log. */
export function configureCppTests(log) {
  const env = buildEnvironment()
  if (existsSync(buildFolder) && !isSound(buildFolder)) rmSync(buildFolder, { recursive: true, force: true })
  const generator = !existsSync(buildFolder) && output('ninja', ['--version']) ? ['-G', 'Ninja'] : []
  const flags = ['-DPERCEPTRA_BUILD_TESTS=ON', '-DCMAKE_BUILD_TYPE=Release']
  if (!log.try('cmake', ['-S', root, '-B', buildFolder, ...generator, ...flags], { env })) {
    throw log.failure('Configuring the C++ tests')
  }
}

export function buildCppTests(log) {
  const args = ['--build', buildFolder, '--parallel', String(availableParallelism())]
  if (!log.try('cmake', args, { env: buildEnvironment() })) throw log.failure('Building the C++ tests')
}
