// Checks that a release is complete: node scripts/release/check.mjs [--tag v1.2.3]
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { tsImport } from 'tsx/esm/api'
import { root } from '../setup/paths.mjs'
import { pack } from '../smoke/project.mjs'
import { linked, titleOf } from './linked.mjs'
import { glibcOf, problemsOfBinaries, problemsOfPackage, problemsOfSbom, problemsOfTag } from './rules.mjs'
import { sha256 } from './sha256.mjs'

const { values } = parseArgs({ options: { tag: { type: 'string' } } })
const { readNativeFile } = await tsImport('../../lib/native/binary.ts', import.meta.url)

const prebuilds = join(root, 'prebuilds')
const found = existsSync(prebuilds)
  ? readdirSync(prebuilds, { recursive: true }).filter((path) => path.endsWith('.node'))
  : []
const binaries = found.map((path) => {
  const file = join(prebuilds, path)
  return { path: path.replaceAll('\\', '/'), ...readNativeFile(file), glibc: glibcOf(readFileSync(file)) }
})
const { facts } = await pack({ compiled: false })
const read = (name) => readFileSync(join(root, name), 'utf8')

// Missing binaries are reported as problems of the package.
const problemsOfList = () =>
  problemsOfSbom(JSON.parse(read('sbom.cdx.json')), {
    linked,
    titles: linked.map(titleOf),
    licences: read('prebuilds/LICENSES.txt'),
    binaries: binaries.map(({ path }) => ({ path, sha256: sha256(readFileSync(join(prebuilds, path))) })),
    dependencies: Object.keys(JSON.parse(read('package.json')).dependencies),
  })
const hasLists = ['sbom.cdx.json', 'prebuilds/LICENSES.txt'].every((name) => existsSync(join(root, name)))

const problems = [
  ...problemsOfBinaries(binaries),
  ...problemsOfPackage(facts),
  ...(hasLists ? problemsOfList() : []),
  ...(values.tag ? problemsOfTag(values.tag, JSON.parse(read('package.json')).version, read('CHANGELOG.md')) : []),
]
for (const { path, bytes } of binaries) console.log(`${path}: ${(bytes / 1e6).toFixed(2)} MB`)
console.log(`package: ${(facts.size / 1e6).toFixed(2)} MB packed, ${(facts.unpackedSize / 1e6).toFixed(2)} MB unpacked`)
for (const problem of problems) console.error(`refused: ${problem}`)
console.log(problems.length === 0 ? 'release: nothing is missing' : `release: ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0
