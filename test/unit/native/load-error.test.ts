import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MlpError } from '../../../lib/base/errors.js'
import { nativePath as findNative, loadNative } from '../../../lib/native/addon.js'
import { readNativeFile } from '../../../lib/native/binary.js'
import { explainLoading, hostTarget, inspectNative, type NativeTarget } from '../../../lib/native/load-error.js'
import { replaceInElf } from '../../support/elf.js'

const nativePath = findNative()!
const nativeBytes = readFileSync(nativePath)
const host = hostTarget()
const onLinux = process.platform === 'linux'
const name = host.libc ? `perceptra.${host.libc}.node` : 'perceptra.node'

let root: string
let binary: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'perceptra-native-'))
  vi.stubEnv('PERCEPTRA_PREBUILD', root)
  binary = join(root, 'prebuilds', `${host.platform}-${host.arch}`, name)
})

afterEach(() => {
  rmSync(root, { recursive: true })
  vi.unstubAllEnvs()
})

/** The error message of a package with this binary; '' if it loads. */
function failure(content: string | Uint8Array): string {
  mkdirSync(dirname(binary), { recursive: true })
  writeFileSync(binary, content)
  return load()
}

function load(): string {
  try {
    loadNative()
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(MlpError)
    expect((error as MlpError).code).toBe('ERR_NATIVE')
    return (error as MlpError).message
  }
}

/** A head of 64 bytes, as of a binary for another machine. */
function elfHead(machine: number): Buffer {
  const head = Buffer.alloc(64)
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(head)
  head.writeUInt16LE(3, 16)
  head.writeUInt16LE(machine, 18)
  return head
}

describe('a package', () => {
  it('loads its binary for this machine', () => {
    expect(failure(nativeBytes)).toBe('')
  })

  it('a missing binary: the error names the machine, the paths and the command to build it', () => {
    mkdirSync(join(root, 'prebuilds'))
    const message = load()
    expect(message).toContain(`no binary for ${host.platform}-${host.arch}`)
    expect(message).toContain(`Node ${process.version}`)
    for (const place of [join(root, 'build', 'Release'), dirname(binary)]) expect(message).toContain(place)
    expect(message).toContain('holds no binaries')
    expect(message).toContain('npx perceptra build')
  })

  it('a missing binary: the error lists the binaries for other machines', () => {
    for (const [target, file] of [
      ['sunos-x64', 'perceptra.node'],
      ['linux-mips', 'perceptra.musl.node'],
    ]) {
      mkdirSync(join(root, 'prebuilds', target!), { recursive: true })
      writeFileSync(join(root, 'prebuilds', target!, file!), '')
    }
    expect(load()).toContain('holds binaries for linux-mips (musl), sunos-x64.')
  })
})

describe('a damaged binary', () => {
  it.each([1, 20, 64, 1000, 4096, nativeBytes.length >> 1, nativeBytes.length - 1])(
    'a binary of %i bytes is reported as cut off',
    (bytes) => {
      const message = failure(nativeBytes.subarray(0, bytes))
      expect(message).toMatch(bytes === 1 ? /cut off|no binary/ : /cut off/)
      expect(message).toContain(binary)
      expect(message).toMatch(/Install perceptra again .*or build it from source: npx perceptra build/)
    },
  )

  it('an empty file or a text is reported', () => {
    expect(failure('')).toContain('is empty')
    expect(failure('version https://git-lfs.github.com/spec/v1\n')).toContain('begins with "version https://')
  })

  it.runIf(onLinux)('a binary of the right size with no contents is reported', () => {
    const hollow = Buffer.from(nativeBytes)
    hollow.fill(0, 64, 4096)
    expect(failure(hollow)).toContain('.node is damaged, or not for this machine')
  })
})

describe('a binary for another machine', () => {
  it.runIf(onLinux)('a binary for another machine is recognised by its head', () => {
    const other = host.arch === 'arm64' ? { machine: 62, arch: 'x64' } : { machine: 183, arch: 'arm64' }
    const message = failure(elfHead(other.machine))
    expect(message).toContain(`for linux on ${other.arch}, but this is linux on ${host.arch}`)
    expect(message).toContain('node_modules was copied from another machine')
  })

  it.each([
    ['darwin', 'arm64', machO(0x0100000c)],
    ['darwin', 'x64', machO(0x01000007)],
    ['win32', 'x64', pe(0x8664)],
    ['win32', 'arm64', pe(0xaa64)],
    ['linux', 'arm64', elfHead(183)],
    ['linux', 'x64', elfHead(62)],
    ['linux', undefined, elfHead(8)],
  ])('a binary for %s on %s is recognised', (system, arch, head) => {
    const file = join(root, 'head')
    writeFileSync(file, head)
    expect(readNativeFile(file)).toMatchObject({ system, arch })
    const mine = { platform: system, arch: arch ?? 'mips' } as NativeTarget
    expect(inspectNative(file, mine)).toBeUndefined()
    // An architecture without a name may be that of this machine.
    const there = inspectNative(file, { ...mine, arch: 'ppc64' })
    expect(there?.message).toEqual(arch ? expect.stringContaining('on ppc64') : undefined)
  })

  it('a Mach-O or PE file is cut off when a segment or section ends behind it', () => {
    const file = join(root, 'head')
    for (const head of [machO(0x01000007, 5000), pe(0x8664, 5000)]) {
      writeFileSync(file, head)
      expect(readNativeFile(file).needed).toBe(5000)
    }
  })
})

/** A head with one segment that ends at `end`. */
function machO(cpu: number, end = 0): Buffer {
  const head = Buffer.alloc(200)
  head.writeUInt32LE(0xfeedfacf, 0)
  head.writeUInt32LE(cpu, 4)
  head.writeUInt32LE(1, 16)
  head.writeUInt32LE(0x19, 32)
  head.writeUInt32LE(72, 36)
  head.writeBigUInt64LE(BigInt(end), 32 + 48)
  return head
}

function pe(machine: number, end = 0): Buffer {
  const head = Buffer.alloc(400)
  head.write('MZ')
  head.writeUInt32LE(0x80, 0x3c)
  head.write('PE\0\0', 0x80)
  head.writeUInt16LE(machine, 0x84)
  head.writeUInt16LE(1, 0x86)
  head.writeUInt32LE(end, 0x80 + 24 + 16)
  return head
}

describe.runIf(onLinux && host.libc === 'glibc')('errors of the loader of glibc', () => {
  it('explains an older glibc', () => {
    const [version] = nativeBytes.toString('latin1').match(/GLIBC_2\.\d\d(?=\0)/)!
    const message = failure(replaceInElf(nativeBytes, version, version.replace('GLIBC_2', 'GLIBC_9')))
    expect(message).toMatch(/it needs glibc 9\.\d\d, and this system's is older \(2\.\d+\)/)
    expect(message).toContain('npx perceptra build')
  })

  it('explains a missing shared library', () => {
    const message = failure(replaceInElf(nativeBytes, 'libc.so.6', 'libx.so.6'))
    expect(message).toContain('the shared library libx.so.6 is missing here')
  })

  it('explains a binary for musl', () => {
    const message = failure(replaceInElf(replaceInElf(nativeBytes, 'libc.so.6', 'libc.musl'), 'libm.so.6', 'libm.musl'))
    expect(message).toContain('the shared library libm.musl is missing here')
  })

  it('explains a file system mounted noexec', ({ skip }) => {
    const folder = join(root, 'noexec')
    mkdirSync(folder)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'noexec', 'tmpfs', folder])
    // Only root may mount; the loader's message is tested below in any case.
    if (mounted.status !== 0) skip()
    try {
      const place = join(folder, 'prebuilds', `${host.platform}-${host.arch}`)
      mkdirSync(place, { recursive: true })
      copyFileSync(nativePath, join(place, name))
      vi.stubEnv('PERCEPTRA_PREBUILD', folder)
      expect(load()).toContain('mounted noexec')
    } finally {
      // Lazily: the loader may hold the file.
      spawnSync('umount', ['-l', folder])
    }
  })
})

it('explains a binary without read permission', () => {
  failure(nativeBytes)
  chmodSync(binary, 0)
  chmodSync(root, 0o755)
  // Root may read everything, so the program runs as the user nobody.
  const as = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const { stderr, signal } = importNative([], { ...as, env: { PATH: '', PERCEPTRA_PREBUILD: root, HOME: root } })
  expect(stderr).toMatch(/the system does not let .*perceptra.*node be loaded: .*its mode forbids reading it/)
  expect(signal).toBeNull()
})

function importNative(flags: string[], options: object = {}) {
  const addon = JSON.stringify(new URL('../../../lib/native/addon.ts', import.meta.url).href)
  const code = `import(${addon}).then(({ native }) => native())`
  return spawnSync(process.execPath, [...flags, '--import', 'tsx', '-e', code], { encoding: 'utf8', ...options })
}

// Messages of other systems' loaders, word by word.
const loaderMessages: [from: string, text: string, what: RegExp][] = [
  ['glibc', "/lib64/libc.so.6: version `GLIBC_2.28' not found (required by /a.node)", /needs glibc 2\.28/],
  ['glibc', "/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /a.node)", /GLIBCXX_3\.4\.32/],
  ['glibc', 'libgfortran.so.5: cannot open shared object file: No such file or directory', /libgfortran\.so\.5 is/],
  ['glibc', '/a.node: failed to map segment from shared object: Operation not permitted', /mounted noexec/],
  ['glibc', '/a.node: failed to map segment from shared object', /mounted noexec/],
  ['glibc', '/a.node: cannot open shared object file: Permission denied', /does not let/],
  ['glibc', '/a.node: undefined symbol: node_api_post_finalizer', /calls the function node_api_post_finalizer, which/],
  ['musl', 'Error loading shared library ld-linux-x86-64.so.2: No such file or directory', /built for glibc/],
  ['musl', 'Error relocating /a.node: __res_init: symbol not found', /calls the function __res_init, which/],
  ['glibc', 'libc.so: cannot open shared object file: No such file or directory', /built for musl/],
  ['glibc', '/lib/x86_64-linux-gnu/libc.so: invalid ELF header', /built for musl/],
  ['glibc', 'libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory', /built for musl/],
  ['macOS', 'dlopen(/a.node, 0x0001): Library not loaded: @rpath/libomp.dylib\n  Referenced from: /a.node', /libomp/],
  ['macOS', "dlopen(/a.node): tried: '/a.node' (mach-o file, but is an incompatible architecture)", /damaged, or not/],
  ['macOS', "dlopen(/a.node): tried: '/a.node' (code signature in <1> not valid for use in process)", /does not let/],
  ['macOS', "dlopen(/a.node): symbol not found in flat namespace '_napi_x'", /calls the function _napi_x, which/],
  ['Windows', 'The specified module could not be found.\n\\\\?\\C:\\a.node', /a DLL that it needs is missing/],
  ['Windows', '\\\\?\\C:\\a.node is not a valid Win32 application.', /damaged, or not/],
  ['Windows', 'Access is denied.\n\\\\?\\C:\\a.node', /does not let/],
  ['anyone', 'a riddle', /\/a\.node does not load/],
]

it.each(loaderMessages)('explains the loader of %s: %s', (_, text, what) => {
  const error = explainLoading(new Error(text), '/a.node')
  expect(error.message.split('\n')[0]).toMatch(what)
  expect(error.message).toContain(`The system says: ${text}`)
  expect(error.cause).toBeInstanceOf(Error)
})

it('the error on Windows does not suggest a build from source', () => {
  const target: NativeTarget = { platform: 'win32', arch: 'arm64', libc: '' }
  const { message } = explainLoading(new Error('/a.node is not a valid Win32 application.'), '/a.node', target)
  expect(message).toContain('Install perceptra again on this machine')
  expect(message).not.toContain('perceptra build')
  const missing = explainLoading(new Error('No native build was found for ...'), undefined, target).message
  expect(missing).toMatch(/no binary for win32-arm64\.\n(.*\n)+On Windows .* Node for x64/)
  expect(missing).not.toContain('perceptra build')
})

it('explains a missing node-gyp-build', () => {
  const { message } = explainLoading(new Error("Cannot find module 'node-gyp-build'\nRequire stack:"), undefined)
  expect(message).toMatch(/the package node-gyp-build, which loads it, is missing.*\n(.*\n)+Install the dependencies/)
})

it('explains a Node that may not load addons', () => {
  const { stderr, signal } = importNative(['--no-addons'], { env: { ...process.env, PERCEPTRA_PREBUILD: '' } })
  expect(stderr).toContain('this Node may not load native parts')
  expect(signal).toBeNull()
})

it("does not load glibc's binary on musl", () => {
  const folder = join(root, 'prebuilds', 'linux-arm64')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'perceptra.glibc.node'), '')
  const target: NativeTarget = { platform: 'linux', arch: 'arm64', libc: 'musl' }
  const { message } = explainLoading(new Error('No native build was found for ...'), undefined, target)
  expect(message).toContain('no binary for linux-arm64 (musl)')
  expect(message).toContain('holds binaries for linux-arm64 (glibc)')
})

it('import loads no binary', () => {
  const index = JSON.stringify(new URL('../../../lib/index.ts', import.meta.url).href)
  const code = `const { metrics } = await import(${index}); console.log(metrics.accuracy([1, 0], [1, 1]))`
  const env = { ...process.env, PERCEPTRA_PREBUILD: root }
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    encoding: 'utf8',
    env,
  })
  expect(stderr).toBe('')
  expect(stdout).toBe('0.5\n')
})
