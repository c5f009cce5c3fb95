import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { buildCppTests, buildFolder, configureCppTests } from '../cpp-tests.mjs'
import { builtCore } from '../setup/builds.mjs'
import { root } from '../setup/paths.mjs'
import { Log, step } from '../setup/step.mjs'
import { tallyCtest } from './tally.mjs'

/** Builds and runs the C++ tests. */
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
  const { text, exitCode } = await runCtest()
  return tallyCtest(text, exitCode)
}

/** Collects ctest's output and prints it while it runs, without the lines of tests that start and pass. */
function runCtest() {
  const parallel = ['--parallel', String(availableParallelism())]
  const args = ['--test-dir', buildFolder, '--output-on-failure', '--no-tests=error', ...parallel]
  const child = spawn('ctest', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    if (!/^\s+Start\s+\d+: |^\s*\d+\/\d+ Test .* Passed +[\d.]+ sec/.test(line)) console.log(line)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ text: lines.join('\n'), exitCode: code ?? 1 }))
  })
}
