import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildCppTests, buildFolder, configureCppTests } from '../cpp-tests.mjs'
import { builtCore } from '../setup/builds.mjs'
import { root } from '../setup/paths.mjs'
import { Log, step } from '../setup/step.mjs'
import { kernelsVariable, listKernels, suitesWithoutKernels } from './kernels.mjs'
import { addUp, tallyCtest } from './tally.mjs'

/** Builds and runs the C++ tests, and runs the numeric ones again on each other table of kernels that this CPU supports. */
export async function testCpp() {
  try {
    const log = new Log('cpp-tests')
    step('C++ tests, build', () => {
      configureCppTests(log, buildFolder, [`-DPERCEPTRA_CORE_LIBRARY=${builtCore()}`])
      buildCppTests(log)
    })
  } catch (error) {
    if (error.name !== 'SetupError') throw error
    console.error(error.message)
    return { passed: 0, failed: 1, skipped: 0 }
  }
  const { all, others } = listKernels(join(buildFolder, 'cpp', 'test', 'perceptra_runnable_kernels'), [])
  const tallies = [await runCtest([], {})]
  for (const kernels of others) {
    console.log(`\nC++ tests: ${kernels} kernels`)
    const exclude = `^float\\.(${suitesWithoutKernels.join('|')})\\.|/(${all.join('|')})( |$)`
    tallies.push(
      await runCtest(['--tests-regex', '^float\\.', '--exclude-regex', exclude], { [kernelsVariable]: kernels }),
    )
  }
  return addUp(tallies)
}

/** Collects ctest's output and prints it while it runs, without the lines of tests that start and pass. */
async function runCtest(selection, environment) {
  const parallel = ['--parallel', String(availableParallelism())]
  const args = ['--test-dir', buildFolder, '--output-on-failure', '--no-tests=error', ...parallel, ...selection]
  const env = { ...process.env, ...environment }
  const child = spawn('ctest', args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    if (!/^\s+Start\s+\d+: |^\s*\d+\/\d+ Test .* Passed +[\d.]+ sec/.test(line)) console.log(line)
  })
  const exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
  return tallyCtest(lines.join('\n'), exitCode)
}
