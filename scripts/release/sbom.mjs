// Writes sbom.cdx.json (CycloneDX 1.5): npm's list of dependencies, and the libraries linked into the binaries.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { npm } from '../smoke/command.mjs'
import { linked } from './linked.mjs'
import { sha256 } from './sha256.mjs'

const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only', '--sbom-type', 'library']
const bom = JSON.parse(await npm(args))
// npm uses the folder's name.
bom.metadata.component.name = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).name
const about = bom.metadata.component['bom-ref']

const libraries = linked.map(({ name, version, license, expression, url, where, source }) => ({
  'bom-ref': `${name}@${version}`,
  type: 'library',
  name,
  version,
  licenses: [license ? { license: { id: license } } : { expression }],
  externalReferences: [
    { type: 'website', url },
    // The sources it was built from.
    ...(source
      ? [{ type: 'distribution', url: source.url, hashes: [{ alg: 'SHA-256', content: source.sha256 }] }]
      : []),
  ],
  properties: [{ name: 'perceptra:linkedInto', value: where }],
}))

const binaries = readdirSync(join(root, 'prebuilds'), { recursive: true })
  .filter((path) => path.endsWith('.node'))
  .sort()
  .map((path) => ({
    'bom-ref': `prebuilds/${path}`,
    type: 'file',
    name: `prebuilds/${path.replaceAll('\\', '/')}`,
    hashes: [{ alg: 'SHA-256', content: sha256(readFileSync(join(root, 'prebuilds', path))) }],
  }))

bom.components.push(...libraries, ...binaries)
const own = bom.dependencies.find(({ ref }) => ref === about)
own.dependsOn.push(...libraries.map((library) => library['bom-ref']))
writeFileSync(join(root, 'sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`)
console.log(`sbom.cdx.json: ${bom.components.length} components`)
