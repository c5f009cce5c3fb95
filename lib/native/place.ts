import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readNativeFile } from './binary.js'

/** What a binary is for. */
export interface NativeTarget {
  platform: string
  arch: string
  /** '' but on Linux. */
  libc: '' | 'glibc' | 'musl'
}

/** Where a binary for `target` was looked for, in this order, and the first that is there. */
export interface NativePlace {
  target: NativeTarget
  lookedFor: readonly string[]
  path: string | undefined
}

/** What runs here. */
export function hostTarget(): NativeTarget {
  const { platform, arch } = process
  return { platform, arch, libc: platform === 'linux' ? hostLibc() : '' }
}

/** LIBC decides, as with node-gyp-build; else the loader by which this very program was started. */
function hostLibc(): 'glibc' | 'musl' {
  const { LIBC } = process.env
  if (LIBC === 'musl' || LIBC === 'glibc') return LIBC
  try {
    // Where the loader was called by name, it is what runs.
    const loader = readNativeFile(process.execPath).interpreter ?? process.execPath
    return /\/ld-musl-|-linux-musl\/libc\.so$/.test(loader) ? 'musl' : 'glibc'
  } catch {
    return existsSync('/etc/alpine-release') ? 'musl' : 'glibc'
  }
}

/**
 * Finds the binary for `target`, in the layout of prebuildify and node-gyp-build: one compiled on this machine, then those
 * that came with the package. `here` is the folder of the file that runs: dist/ in the package, or that of a bundle, beside
 * or above which the binaries lie. PREBUILDS_ONLY leaves the compiled one out, PERCEPTRA_PREBUILD names another folder.
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

/** The targets whose binaries are there, as `linux-x64 (musl)`. */
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
