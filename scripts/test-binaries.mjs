// Tests every binary in prebuilds/, under an emulator of its system if needed: node scripts/test-binaries.mjs [--only a,b | --without a,b]
// Needs Debian on x64 and access to the package registries. A system that cannot run is a failure; --without excludes systems.
import { parseArgs } from 'node:util'
import { legs } from './smoke/legs.mjs'
import { install, newFolder, pack } from './smoke/project.mjs'
import { addUp, toText } from './test/tally.mjs'

const { values } = parseArgs({ options: { only: { type: 'string' }, without: { type: 'string' } } })
const named = [values.only, values.without].flatMap((list) => list?.split(',') ?? [])
const unknown = named.find((name) => !Object.hasOwn(legs, name))
if (unknown !== undefined) {
  console.error(`test: unknown leg ${unknown}; there are ${Object.keys(legs).join(', ')}`)
  process.exit(2)
}
const isWanted = (name) =>
  values.only ? values.only.split(',').includes(name) : !(values.without?.split(',') ?? []).includes(name)

const project = newFolder('binaries')
const tallies = {}
try {
  const { tarball } = await pack({ compiled: false })
  const { ms } = await install(tarball, project.path)
  console.log(`installed in ${(ms / 1000).toFixed(1)} s`)
  for (const [name, leg] of Object.entries(legs)) {
    if (!isWanted(name)) {
      console.log(`${name}: left out, as asked for`)
      continue
    }
    const start = performance.now()
    console.log(`\n${name}`)
    try {
      tallies[name] = await leg(project.path)
    } catch (error) {
      console.log(`cannot run: ${error.message}`)
      tallies[name] = { passed: 0, failed: 1, skipped: 0 }
    }
    console.log(`${Math.round((performance.now() - start) / 1000)} s`)
  }
} finally {
  project.remove()
}

console.log()
for (const [name, tally] of Object.entries(tallies)) console.log(`${name}: ${toText(tally)}`)
const total = addUp(Object.values(tallies))
console.log(toText(total))
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
