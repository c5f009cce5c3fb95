import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { provideSystem } from '../setup/system.mjs'
import { cache, must, onPath } from './command.mjs'
import { unpackDebs } from './debian.mjs'
import { fetchMuslNode, fetchNode, fetchOther } from './nodes.mjs'

// The way to run a Node of each system here: { node, command, ... }, as runSmoke takes them.

// Emulators are slow.
const slow = { seconds: 1800 }

export async function native(version) {
  const node = await fetchNode('linux-x64', version)
  return { node, command: [node] }
}

/** A CPU without AVX and everything newer. */
export async function oldCpu(version) {
  provideSystem(['qemu'])
  const node = await fetchNode('linux-x64', version)
  return { node, command: [onPath('qemu-x86_64-static'), '-cpu', 'Nehalem', node], ...slow }
}

export async function bun() {
  const node = await fetchOther('bun')
  return { node, command: [node] }
}

export async function deno() {
  const node = await fetchOther('deno')
  return { node, command: [node, 'run', '-A', '--node-modules-dir=manual'] }
}

/** A different CPU for each line of Node: OpenBLAS has special kernels for some. `max` has all features of qemu, SVE too. */
const arm64Cpus = { 20: 'max', 22: 'cortex-a57', 24: 'neoverse-n1', 26: 'cortex-a53' }

export async function arm64(version) {
  provideSystem(['qemu'])
  const node = await fetchNode('linux-arm64', version)
  const system = await unpackDebs('bookworm', 'arm64', ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'])
  const cpu = arm64Cpus[version.split('.')[0]]
  return { node, command: [onPath('qemu-aarch64-static'), '-cpu', cpu, '-L', system, node], ...slow }
}

export function musl(version) {
  return withMusl('amd64', 'x86_64', version)
}

export async function muslArm64(version) {
  provideSystem(['qemu'])
  const { node, command, env } = await withMusl('arm64', 'aarch64', version)
  return { node, env, command: [onPath('qemu-aarch64-static'), ...command], ...slow }
}

/** Started by musl's loader, because this system has another one. */
async function withMusl(debianArch, arch, version) {
  const node = await fetchMuslNode(arch, version)
  const folder = await muslFolder(debianArch, arch, node)
  const command = [join(folder, `ld-musl-${arch}.so.1`), '--library-path', folder, node]
  // node-gyp-build knows musl by Alpine's files, which are not here.
  return { node, command, env: { LIBC: 'musl' } }
}

/** A folder with musl's loader under the names that binaries use, and the C++ runtime. */
async function muslFolder(debianArch, arch, node) {
  const root = await unpackDebs('trixie', debianArch, ['musl'])
  const folder = join(dirname(node), 'libs')
  for (const name of [`ld-musl-${arch}.so.1`, 'libc.so', `libc.musl-${arch}.so.1`]) {
    const place = join(folder, name)
    const library = [`usr/lib/ld-musl-${arch}.so.1`, `lib/ld-musl-${arch}.so.1`, `usr/lib/${arch}-linux-musl/libc.so`]
      .map((path) => join(root, path))
      .find((path) => existsSync(path))
    if (!library) throw new Error(`Debian's package musl holds no loader in ${root}`)
    if (!existsSync(place)) symlinkSync(library, place)
  }
  return folder
}

export async function wine(version) {
  provideSystem(['wine'])
  const node = await fetchNode('win-x64', version)
  // Debian installs it outside the PATH.
  const program = existsSync('/usr/lib/wine/wine64') ? '/usr/lib/wine/wine64' : onPath('wine64')
  const env = {
    WINEPREFIX: join(cache, 'wine'),
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
    PATH: process.env.PATH,
  }
  mkdirSync(env.WINEPREFIX, { recursive: true })
  // Node does not start on a system that reports a version below Windows 10.
  const settings = ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f']
  await must(program, settings, { env: { ...process.env, ...env } })
  // Output must go to a file: libuv cannot open Wine's pipes.
  return { node, command: [program, node], env, file: join(cache, 'wine.tap'), ...slow }
}
