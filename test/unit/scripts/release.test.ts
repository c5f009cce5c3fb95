import { describe, expect, it } from 'vitest'
import {
  problemsOfBinaries,
  problemsOfPackage,
  problemsOfTag,
  files as required,
  wanted,
} from '../../../scripts/release/rules.mjs'

const binaries = Object.entries(wanted).map(([path, [system, arch]]) => ({ path, system, arch, bytes: 10, needed: 10 }))

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
  })
})
