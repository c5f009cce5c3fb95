import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from '../../addon/index.js'
import { MlpError } from '../base/errors.js'
import { type NativeFile, readNativeFile } from './binary.js'
import { again, build, glibcVersion, loaderMessages, type Reason } from './loader-messages.js'

const windows =
  'On Windows it cannot be built from source: run Node for x64, which Windows on arm64 runs too, or use the Linux subsystem (WSL)'

/** The machine that a binary is made for. */
export interface NativeTarget {
  platform: string
  arch: string
  /** '' on other systems than Linux. */
  libc: '' | 'glibc' | 'musl'
}

/** The machine that runs this program. The environment variable LIBC decides, as for node-gyp-build. */
export function hostTarget(): NativeTarget {
  const { platform, arch } = process
  if (platform !== 'linux') return { platform, arch, libc: '' }
  const { LIBC } = process.env
  if (LIBC === 'musl' || LIBC === 'glibc') return { platform, arch, libc: LIBC }
  return { platform, arch, libc: glibcVersion() === undefined ? 'musl' : 'glibc' }
}

/**
 * The error to throw for one that node-gyp-build, Node or the addon threw when the addon was loaded.
 * @param path the binary's path; undefined if none was found.
 */
export function explainLoading(error: Error, path: string | undefined, target = hostTarget()): MlpError {
  const { code } = error as NodeJS.ErrnoException
  // The addon was loaded and refuses to start: its message says why and what to do.
  if (code === 'ERR_NATIVE') return new MlpError(error.message, 'ERR_NATIVE', { cause: error })
  const reason = (path === undefined && missing(error, target)) || loaderReason(error, path)
  return nativeError(reason, target, path, error)
}

/**
 * The error for a binary that is damaged or made for another system; undefined if it may load. Checked before it is
 * loaded, because the system's loader may end the process for a truncated file.
 */
export function inspectNative(path: string, target?: NativeTarget): MlpError | undefined {
  try {
    // The C library is looked up where an error tells of it: that takes 10 ms and more.
    const reason = faultOf(readNativeFile(path), path, target ?? process)
    return reason && nativeError(reason, target ?? hostTarget(), path)
  } catch (error) {
    return explainLoading(error as Error, path, target)
  }
}

function missing({ message }: Error, { platform, arch, libc }: NativeTarget): Reason | undefined {
  if (message.includes("Cannot find module 'node-gyp-build'"))
    return {
      what: 'the package node-gyp-build, which loads it, is missing',
      todo: 'Install the dependencies of perceptra too: npm does; where files are copied by hand, copy node_modules/node-gyp-build',
    }
  if (!message.startsWith('No native build was found')) return undefined
  const others = listPrebuilt()
  const holds = others.length
    ? `The package holds binaries for ${others.join(', ')}.`
    : 'The package holds no binaries: it was copied or bundled without its prebuilds folder, or comes from its repository.'
  return {
    what: `there is no binary for ${platform}-${arch}${libc && ` (${libc})`}`,
    todo: `${holds}\n${platform === 'win32' ? windows : `To build it from source: ${build}`}`,
  }
}

function faultOf(
  file: NativeFile,
  path: string,
  { platform, arch }: Pick<NativeTarget, 'platform' | 'arch'>,
): Reason | undefined {
  const { system, bytes, needed } = file
  if (bytes === 0) return { what: `${path} is empty`, todo: again, orBuild: true }
  if (bytes < needed) {
    const of = Number.isFinite(needed) ? ` of ${needed}` : ''
    return { what: `${path} is cut off: it has ${bytes} bytes${of}`, todo: again, orBuild: true }
  }
  if (!system) {
    const begin = JSON.stringify(file.head.toString('latin1', 0, 16))
    return { what: `${path} is no binary: it begins with ${begin}`, todo: again, orBuild: true }
  }
  // Other Unix systems share Linux's format.
  const isOurs = system === platform || (system === 'linux' && platform !== 'darwin' && platform !== 'win32')
  // Where the architecture is unknown, the system's loader decides.
  if (isOurs && (file.arch === undefined || file.arch === arch)) return undefined
  const what = `${path} is a binary for ${system} on ${file.arch ?? 'some processor'}, but this is ${platform} on ${arch}`
  return {
    what,
    todo: `node_modules was copied from another machine, or this Node is made for another one. ${again}`,
    orBuild: true,
  }
}

function loaderReason(error: Error, path = "perceptra's native part"): Reason {
  const text = [error.message, (error as NodeJS.ErrnoException).code].filter(Boolean).join('\n')
  for (const { pattern, reason } of loaderMessages) {
    const match = pattern.exec(text)
    if (match) return reason(match, path)
  }
  return { what: `${path} does not load`, todo: again, orBuild: true }
}

function nativeError({ what, todo, orBuild }: Reason, target: NativeTarget, path?: string, cause?: Error): MlpError {
  const { platform, arch, libc } = target
  const version = libc === 'glibc' ? ` ${glibcVersion() ?? ''}`.trimEnd() : ''
  const advice = orBuild && platform !== 'win32' ? `${todo}, or build it from source: ${build}` : todo
  const root = packageFolder()
  const lines = [
    `perceptra's native part could not be loaded: ${what}.`,
    `Here: ${platform}-${arch}${libc && `, ${libc}${version}`}, Node ${process.version}.`,
    path
      ? `Loaded from: ${path}`
      : `Looked in:\n  ${join(root, 'build', 'Release')}\n  ${join(root, 'prebuilds', `${platform}-${arch}`)}`,
    ...(cause ? [`The system says: ${cause.message.trim()}`] : []),
    // No full stop behind a command: people copy the line.
    advice.endsWith(build) ? advice : `${advice}.`,
    'More: docs/installing.md',
  ]
  return new MlpError(lines.join('\n'), 'ERR_NATIVE', cause && { cause })
}

const packageFolder = () => process.env.PERCEPTRA_PREBUILD || folder()

/** The targets that the package has binaries for, as `linux-x64 (musl)`. */
function listPrebuilt(): string[] {
  const prebuilds = join(packageFolder(), 'prebuilds')
  return list(prebuilds).flatMap((target) => {
    const files = list(join(prebuilds, target)).filter((file) => file.endsWith('.node'))
    return files.map((file) => {
      const [, libc] = /\.(glibc|musl)\./.exec(file) ?? []
      return libc ? `${target} (${libc})` : target
    })
  })
}

function list(path: string): string[] {
  try {
    return readdirSync(path).sort()
  } catch {
    return []
  }
}
