import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { provideSystem } from '../setup/system.mjs'
import { runChecks } from './checks.mjs'
import { cache, must, onPath } from './command.mjs'
import { darwinChecks } from './darwin-checks.mjs'
import { unpackDebs } from './debian.mjs'
import { fetchMuslNode, fetchNode, fetchOther, nodeVersions } from './nodes.mjs'
import { newFolder } from './project.mjs'
import { runSmoke } from './tap.mjs'

// An emulated machine takes its time.
const slow = { seconds: 1800 }

/** What each binary of a release is tried on, here, on Linux for x64: a leg runs in an installed project and gives a tally. */
export const legs = {
  ...Object.fromEntries(
    Object.entries(nodeVersions).map(([line, version]) => [
      `linux-x64-glibc-node${line}`,
      async (project) => smoke(project, await fetchNode('linux-x64', version), 'linux-x64/perceptra.glibc.node'),
    ]),
  ),

  bun: async (project) => smoke(project, await fetchOther('bun'), 'linux-x64/perceptra.glibc.node'),

  deno: async (project) => {
    const deno = await fetchOther('deno')
    const command = [deno, 'run', '-A', '--node-modules-dir=manual']
    return smoke(project, deno, 'linux-x64/perceptra.glibc.node', { command })
  },

  'linux-x64-without-avx': async (project) => {
    provideSystem(['qemu'])
    const node = await fetchNode('linux-x64', nodeVersions[20])
    const command = [onPath('qemu-x86_64-static'), '-cpu', 'Nehalem', node]
    return smoke(project, node, 'linux-x64/perceptra.glibc.node', { command, ...slow })
  },

  'linux-x64-musl': async (project) => {
    const node = await fetchMuslNode('x86_64')
    const folder = await muslFolder('amd64', 'x86_64', node)
    const command = [join(folder, 'ld-musl-x86_64.so.1'), '--library-path', folder, node]
    return smoke(project, node, 'linux-x64/perceptra.musl.node', { command })
  },

  'linux-arm64-glibc': async (project) => {
    provideSystem(['qemu'])
    const node = await fetchNode('linux-arm64', nodeVersions[22])
    const system = await unpackDebs('bookworm', 'arm64', ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'])
    const command = [onPath('qemu-aarch64-static'), '-L', system, node]
    return smoke(project, node, 'linux-arm64/perceptra.glibc.node', { command, ...slow })
  },

  'linux-arm64-musl': async (project) => {
    provideSystem(['qemu'])
    const node = await fetchMuslNode('aarch64')
    const folder = await muslFolder('arm64', 'aarch64', node)
    const loader = [join(folder, 'ld-musl-aarch64.so.1'), '--library-path', folder, node]
    return smoke(project, node, 'linux-arm64/perceptra.musl.node', {
      command: [onPath('qemu-aarch64-static'), ...loader],
      ...slow,
    })
  },

  'win32-x64': async (project) => {
    provideSystem(['wine'])
    const node = await fetchNode('win-x64', nodeVersions[22])
    // Debian puts it beside the PATH.
    const wine = existsSync('/usr/lib/wine/wine64') ? '/usr/lib/wine/wine64' : onPath('wine64')
    const env = {
      WINEPREFIX: join(cache, 'wine'),
      WINEDEBUG: '-all',
      WINEDLLOVERRIDES: 'mscoree,mshtml=',
      PATH: process.env.PATH,
    }
    mkdirSync(env.WINEPREFIX, { recursive: true })
    // Node refuses to start on what says that it is older than Windows 10.
    const version = ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f']
    await must(wine, version, { env: { ...process.env, ...env } })
    // What it prints has to go to a file: libuv cannot open Wine's pipes.
    const file = join(project, 'wine.tap')
    return smoke(project, node, 'win32-x64/perceptra.node', { command: [wine, node], env, file, ...slow })
  },

  'built-from-source': async (project) => {
    provideSystem(['compiler', 'cmake', 'make', 'openblas'])
    const copy = newFolder('source')
    try {
      cpSync(project, copy.path, { recursive: true, verbatimSymlinks: true })
      const own = join(copy.path, 'node_modules', 'perceptra')
      rmSync(join(own, 'prebuilds'), { recursive: true })
      const text = await must(process.execPath, [join(own, 'bin', 'perceptra.mjs'), 'build'], {
        cwd: copy.path,
        ...slow,
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

function smoke(project, node, binary, options = {}) {
  return runSmoke('smoke', project, node, { binary: join('prebuilds', binary), ...options })
}

async function inspect(arch, oldest) {
  const tally = await runChecks(darwinChecks(arch, oldest))
  console.log(`inspected: ${tally.passed} passed, ${tally.failed} failed`)
  return tally
}

/** A folder with musl's loader under the names by which it and its library are asked for, and the C++ runtime. */
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
