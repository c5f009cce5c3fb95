import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { provideSystem } from '../setup/system.mjs'
import { addUp } from '../test/tally.mjs'
import { runChecks } from './checks.mjs'
import { must } from './command.mjs'
import { darwinChecks } from './darwin-checks.mjs'
import { muslArm64Versions, muslVersions, nodeVersions, wineVersions } from './nodes.mjs'
import { newFolder } from './project.mjs'
import * as systems from './systems.mjs'
import { runExits, runSmoke } from './tap.mjs'

/** The systems that each binary is tested on, from Linux on x64: a leg runs in an installed project and returns a tally. */
export const legs = {
  ...ofLines('linux-x64-glibc', 'linux-x64/perceptra.glibc.node', systems.native, nodeVersions),
  bun: (project) => smoke(project, 'linux-x64/perceptra.glibc.node', systems.bun),
  deno: (project) => smoke(project, 'linux-x64/perceptra.glibc.node', systems.deno),
  'linux-x64-without-avx': (project) =>
    smoke(project, 'linux-x64/perceptra.glibc.node', () => systems.oldCpu(nodeVersions[20])),
  ...ofLines('linux-x64-musl', 'linux-x64/perceptra.musl.node', systems.musl, muslVersions),
  ...ofLines('linux-arm64-glibc', 'linux-arm64/perceptra.glibc.node', systems.arm64, nodeVersions),
  ...ofLines('linux-arm64-musl', 'linux-arm64/perceptra.musl.node', systems.muslArm64, muslArm64Versions),
  ...ofLines('win32-x64', 'win32-x64/perceptra.node', systems.wine, wineVersions),

  'built-from-source': async (project) => {
    provideSystem(['compiler', 'cmake', 'make', 'openblas'])
    const copy = newFolder('source')
    try {
      cpSync(project, copy.path, { recursive: true, verbatimSymlinks: true })
      const own = join(copy.path, 'node_modules', 'perceptra')
      rmSync(join(own, 'prebuilds'), { recursive: true })
      const text = await must(process.execPath, [join(own, 'bin', 'perceptra.mjs'), 'build'], {
        cwd: copy.path,
        seconds: 1800,
      })
      console.log(text.trim().split('\n').slice(-4).join('\n'))
      return await runSmoke('smoke', copy.path, process.execPath, { binary: 'build/Release/perceptra.node' })
    } finally {
      copy.remove()
    }
  },

  'darwin-x64': () => inspect('x64', '10.15'),
  'darwin-arm64': () => inspect('arm64', '11.0'),
}

/** One leg for each line of Node. */
function ofLines(name, binary, system, versions) {
  return Object.fromEntries(
    Object.entries(versions).map(([line, version]) => [
      `${name}-node${line}`,
      (project) => smoke(project, binary, () => system(version)),
    ]),
  )
}

async function smoke(project, binary, system) {
  const { node, ...options } = await system()
  const tallies = [await runSmoke('smoke', project, node, { binary: join('prebuilds', binary), ...options })]
  tallies.push(await runExits(project, node, options))
  return addUp(tallies)
}

async function inspect(arch, oldest) {
  const tally = await runChecks(darwinChecks(arch, oldest))
  console.log(`inspected: ${tally.passed} passed, ${tally.failed} failed`)
  return tally
}
