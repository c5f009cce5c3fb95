import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../setup/paths.mjs'

/** The environment variable that selects the kernels of a process. */
export const kernelsVariable = 'PERCEPTRA_KERNELS'

/**
 * C++ tests that do not run again on other tables: those of threads, plans and random numbers, which call no kernel. Tests of the
 * kernels themselves always run on every table (their names end with it), and the double-precision build has only one table.
 */
export const suitesWithoutKernels = [
  ...['ComputePool', 'Team', 'MeetingCheck', 'ThreadSetup', 'Cores', 'ProcessCpuLimits', 'ThreadTuner'],
  ...['CutSlabs', 'LayersByInputs', 'GradientsByRows', 'ChooseThreads', 'PlanStep', 'PlanStepOn8Cores'],
  ...['Philox', 'Random', 'Permute'],
]

/**
 * The tables of kernels that this CPU supports, printed by a program, one name per line, the fastest last. `others` are all but the
 * one in use.
 */
export function listKernels(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`Expected the names of kernels from ${command}, but it failed: ${error?.message ?? stderr}`)
  const all = stdout
    .split('\n')
    .map((name) => name.trim())
    .filter(Boolean)
  if (all.length === 0) throw new Error(`Expected the names of kernels from ${command}, but it printed none.`)
  const used = process.env[kernelsVariable] || all.at(-1)
  return { all, others: all.filter((name) => name !== used) }
}

/** The tables of the addon that the TypeScript tests load. */
export function listKernelsOfAddon() {
  const addon = pathToFileURL(join(root, 'lib', 'native', 'addon.ts')).href
  const program = `import { native } from '${addon}'; for (const name of native().info().runnableKernels) console.log(name)`
  return listKernels(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program])
}
