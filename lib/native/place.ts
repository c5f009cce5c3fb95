import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readNativeFile } from './binary.js'

/** The machine that a binary is made for. */
export interface NativeTarget {
  platform: string
  arch: string
  /** '' on other systems than Linux. */
  libc: '' | 'glibc' | 'musl'
}

/** The paths where a binary for `target` may lie, in the order of the search, and the first that exists. */
export interface NativePlace {
  target: NativeTarget
  lookedFor: readonly string[]
  path: string | undefined
}

/** The machine that runs this program. */
export function hostTarget(): NativeTarget {
  const { platform, arch } = process
  return { platform, arch, libc: platform === 'linux' ? hostLibc() : '' }
}

/** The environment variable LIBC decides, as for node-gyp-build; without it the dynamic loader of this program does. */
function hostLibc(): 'glibc' | 'musl' {
  const { LIBC } = process.env
  if (LIBC === 'musl' || LIBC === 'glibc') return LIBC
  try {
    // A program that was started by calling the loader has no interpreter: the loader itself is execPath.
    const loader = readNativeFile(process.execPath).interpreter ?? process.execPath
    return /\/ld-musl-|-linux-musl\/libc\.so$/.test(loader) ? 'musl' : 'glibc'
  } catch {
    return existsSync('/etc/alpine-release') ? 'musl' : 'glibc'
  }
}

/**
 * Finds the binary for `target`, in the layout of prebuildify and node-gyp-build: first one that was compiled on this
 * machine, then the package's own. `here` is the folder of the running file: dist/ in the package, or the folder of a
 * bundle; binaries lie beside it or inside of it. PREBUILDS_ONLY skips the compiled one, PERCEPTRA_PREBUILD names
 * another folder.
 */
export function findNative(here: string, target = hostTarget()): NativePlace {
  const { PERCEPTRA_PREBUILD, PREBUILDS_ONLY } = process.env
  const built = (folder: string) => join(folder, 'build', 'Release', 'perceptra.node')
  const root = PERCEPTRA_PREBUILD || dirname(here)
  const lookedFor = [
    ...(PREBUILDS_ONLY ? [] : [built(root)]),
    ...prebuilt(root, target),
    ...(PERCEPTRA_PREBUILD ? [] : prebuilt(here, target)),
  ]
  return { target, lookedFor, path: lookedFor.find((path) => existsSync(path)) }
}

function prebuilt(folder: string, { platform, arch, libc }: NativeTarget): string[] {
  const name = libc ? `perceptra.${libc}.node` : 'perceptra.node'
  return [join(folder, 'prebuilds', `${platform}-${arch}`, name)]
}

/** The targets that the package has binaries for, as `linux-x64 (musl)`. */
export function listPrebuilt(here: string): string[] {
  const folder = join(process.env.PERCEPTRA_PREBUILD || dirname(here), 'prebuilds')
  return list(folder).flatMap((target) => {
    const files = list(join(folder, target)).filter((file) => file.endsWith('.node'))
    return files.map((file) => {
      const [, libc] = /\.(glibc|musl)\./.exec(file) ?? []
      return libc ? `${target} (${libc})` : target
    })
  })
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}
