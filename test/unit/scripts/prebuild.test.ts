import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { applyPatches, patches, patchesFor } from '../../../scripts/prebuild/patches.mjs'
import { chooseTargets, fileOf, targets } from '../../../scripts/prebuild/targets.mjs'

const nodeGypBuild = createRequire(import.meta.url)('node-gyp-build') as {
  parseTuple(folder: string): { platform: string; architectures: string[] }
  parseTags(file: string): { libc?: string }
}

describe('the targets of the prebuilt binaries', () => {
  test('are all seven', () => {
    expect(Object.keys(targets).sort()).toEqual([
      ...['darwin-arm64', 'darwin-x64', 'linux-arm64-glibc', 'linux-arm64-musl', 'linux-x64-glibc', 'linux-x64-musl'],
      'win32-x64',
    ])
  })

  test('lie where node-gyp-build looks for them', () => {
    for (const target of chooseTargets()) {
      const file = fileOf(target)
      const { platform, architectures } = nodeGypBuild.parseTuple(basename(dirname(file)))
      expect([platform, architectures, nodeGypBuild.parseTags(basename(file)).libc]).toEqual([
        target.platform,
        [target.arch],
        target.libc,
      ])
    }
  })

  test('can be named, and a wrong name is told', () => {
    expect(chooseTargets('win32-x64,darwin-x64').map(({ name }) => name)).toEqual(['win32-x64', 'darwin-x64'])
    expect(() => chooseTargets('linux-x64')).toThrow('Unknown target "linux-x64"; there are linux-x64-glibc,')
  })
})

// What the wrapper would call: `echo` stands in for zig.
function wrapped(target: string, cpu: string, ...args: string[]) {
  const call = ['scripts/prebuild/zig-cc.sh', 'echo', target, cpu, 'cc', '-target', 'the-target', ...args]
  return spawnSync('sh', call, { encoding: 'utf8' }).stdout.trim()
}

describe.skipIf(process.platform === 'win32')('zig-cc.sh', () => {
  test.each([
    ['-march=skylake-avx512', '-mcpu=skylake_avx512'],
    ['-march=armv8-a -mtune=cortex-a53', '-mcpu=generic+v8a'],
    ['-march=armv8.4-a+sve+bf16', '-mcpu=generic+v8_4a+sve+bf16'],
    ['-mavx512f -mfma', '-mavx512f -mevex512 -mfma'],
  ])('%s becomes %s', (given, wanted) => {
    expect(wrapped('x86_64-linux-gnu', '', ...given.split(' '), '-c', 'a b.c')).toBe(
      `cc -target the-target ${wanted} -c a b.c`,
    )
  })

  test('takes the one CPU of a target for every other', () => {
    expect(wrapped('arm64-apple-macos11.0', 'apple_m1', '-march=armv8-a', '-c', 'a.c')).toBe(
      'cc -target the-target -mcpu=apple_m1 -c a.c',
    )
  })

  test("sends arm64's assembler files to clang, with their flags", () => {
    expect(wrapped('aarch64-linux-gnu', '', '-march=armv8.2-a+sve', '-mtune=neoverse-n1', '-c', 'a.S')).toBe(
      'clang --target=aarch64-linux-gnu -march=armv8.2-a+sve -c a.S',
    )
    expect(wrapped('arm64-apple-macos11.0', 'apple_m1', '-march=armv8-a', '-c', 'a.S')).toBe(
      'clang --target=arm64-apple-macos11.0 -mcpu=apple-m1 -c a.S',
    )
    expect(wrapped('x86_64-linux-gnu', '', '-c', 'a.S')).toBe('cc -target the-target -c a.S')
  })

  test('asks for the version without a target', () => {
    expect(wrapped('x86_64-linux-gnu', '', '-dumpversion')).toBe('cc -dumpversion')
  })
})

describe('changes to OpenBLAS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perceptra-patches-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('a source that one does not fit is refused', () => {
    for (const { file } of patches) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), 'something else')
    }
    expect(() => applyPatches(folder, { platform: 'linux' })).toThrow(`OpenBLAS's ${patches[0]?.file} has no`)
  })

  test('that are for one system alone change nothing for the others', () => {
    const quit = 'void DESTRUCTOR gotoblas_quit(void) {'
    const memory = (platform: string) => patchesFor({ platform }).filter(({ from }) => from === quit)
    expect(memory('win32')).toHaveLength(1)
    expect(memory('linux')).toEqual([])
    expect(patchesFor({ platform: 'linux' })).toHaveLength(patches.length - 1)
  })
})
