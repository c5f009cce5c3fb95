import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { linked, titleOf } from '../../../scripts/release/linked.mjs'
import {
  glibcOf,
  problemsOfBinaries,
  problemsOfPackage,
  problemsOfSbom,
  problemsOfTag,
  files as required,
  wanted,
} from '../../../scripts/release/rules.mjs'

const binaries = Object.entries(wanted).map(([path, [system, arch]]) => ({
  path,
  system,
  arch,
  bytes: 10,
  needed: 10,
  glibc: 28,
}))

const files = [...required, ...Object.keys(wanted).map((path) => `prebuilds/${path}`)].map((path) => ({ path }))

describe('a release', () => {
  it('is not refused when it is whole', () => {
    expect(problemsOfBinaries(binaries)).toEqual([])
    expect(problemsOfPackage({ files, size: 7e6, unpackedSize: 2e7 })).toEqual([])
    expect(problemsOfTag('v1.2.3', '1.2.3', '# Changelog\n\n## [1.2.3] - 2026-01-01\n')).toEqual([])
  })

  it.each(binaries.map(({ path }) => path))('is refused without %s', (path) => {
    const problem = expect.stringContaining(`prebuilds/${path}`)
    expect(problemsOfBinaries(binaries.filter((binary) => binary.path !== path))).toEqual([problem])
    const without = files.filter((file) => file.path !== `prebuilds/${path}`)
    expect(problemsOfPackage({ files: without, size: 1, unpackedSize: 1 })).toEqual([problem])
  })

  it.each([
    ['for another machine', { arch: 'ppc64' }, 'is for linux on ppc64'],
    ['for another system', { system: 'win32' }, 'is for win32 on x64'],
    ['cut off', { needed: 11 }, 'is cut off'],
    ['for a newer glibc', { glibc: 29 }, 'asks for glibc 2.29'],
    ['too large', { bytes: 5_000_001 }, 'has 5000001 bytes'],
  ])('is refused when a binary is %s', (_, change, problem) => {
    const [first, ...rest] = binaries
    expect(problemsOfBinaries([{ ...first!, ...change }, ...rest])).toEqual([expect.stringContaining(problem)])
  })

  it('is refused with a binary for nobody, and with what npm would compile', () => {
    expect(problemsOfBinaries([...binaries, { ...binaries[0]!, path: 'sunos-x64/perceptra.node' }])).toEqual([
      'prebuilds/sunos-x64/perceptra.node is for no target',
    ])
    const more = [...files, { path: 'binding.gyp' }]
    expect(problemsOfPackage({ files: more, size: 1, unpackedSize: 1 })).toEqual(['the package has a binding.gyp'])
  })

  it('is refused when the package is too large', () => {
    expect(problemsOfPackage({ files, size: 8e6 + 1, unpackedSize: 22e6 + 1 })).toHaveLength(2)
  })

  it('is refused when its tag is not its version, or the changelog does not know it', () => {
    expect(problemsOfTag('v1.2.4', '1.2.3', '')).toHaveLength(2)
    const [problem] = problemsOfTag('v1.2.3', '1.2.3', '# Changelog\n\n## [1.2.3] - unreleased\n')
    expect(problem).toContain('no chapter [1.2.3] with its date')
  })
})

it('the version that package.json has is a chapter of the changelog', () => {
  const read = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')
  expect(read('CHANGELOG.md')).toContain(`\n## [${JSON.parse(read('package.json')).version}]`)
})

it('the glibc that a binary asks for is the newest of its names', () => {
  expect(glibcOf(Buffer.from('\0GLIBC_2.17\0GLIBC_2.4\0GLIBC_PRIVATE\0'))).toBe(17)
  expect(glibcOf(Buffer.from('\0libc.so\0'))).toBe(0)
})

describe('an SBOM', () => {
  const facts = {
    linked: [
      { name: 'A', version: '1', source: { sha256: 'a1' } },
      { name: 'B', version: '2' },
    ],
    titles: ['A 1 (every binary)'],
    licences: '====\nA 1 (every binary)\n====\ntext\n',
    binaries: [{ path: 'x/a.node', sha256: 'c3' }],
    dependencies: ['csv'],
  }
  const whole = [
    { name: 'A', type: 'library', version: '1', externalReferences: [{}, { hashes: [{ content: 'a1' }] }] },
    { name: 'B', type: 'library', version: '2', externalReferences: [{}] },
    { name: 'csv', type: 'library' },
    { name: 'prebuilds/x/a.node', type: 'file', hashes: [{ content: 'c3' }] },
  ]

  it('of all that is there has no problem', () => {
    expect(problemsOfSbom({ components: whole }, facts)).toEqual([])
  })

  it.each(whole.map(({ name }) => name))('without %s has one', (name) => {
    const components = whole.filter((component) => component.name !== name)
    expect(problemsOfSbom({ components }, facts)).toEqual([expect.stringContaining(name)])
  })

  it('of another source, of another binary or of one that is gone has one', () => {
    const [first, ...rest] = whole
    const other = { ...first!, externalReferences: [{ hashes: [{ content: 'b2' }] }] }
    expect(problemsOfSbom({ components: [other, ...rest] }, facts)).toEqual([
      'the SBOM has no SHA-256 of the source of A',
    ])
    const changed = { ...facts, binaries: [{ path: 'x/a.node', sha256: 'd4' }] }
    expect(problemsOfSbom({ components: whole }, changed)).toHaveLength(1)
    expect(problemsOfSbom({ components: whole }, { ...facts, binaries: [] })).toEqual([
      'the SBOM has prebuilds/x/a.node, which is not there',
    ])
  })

  it('is nothing without the licences', () => {
    expect(problemsOfSbom({ components: whole }, { ...facts, licences: 'A 1' })).toHaveLength(1)
  })

  it('lists each library once, with its licence', () => {
    expect(new Set(linked.map(titleOf)).size).toBe(linked.length)
    for (const { license, expression, file } of linked) {
      expect(Boolean(license) !== Boolean(expression)).toBe(true)
      expect(['openblas', 'gloo', 'packages', 'zig']).toContain(file[0])
    }
  })
})
