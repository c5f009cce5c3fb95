import { MlpError } from '../base/errors.js'
import { type NativeFile, readNativeFile } from './binary.js'
import { listPrebuilt, type NativePlace, type NativeTarget } from './place.js'

const build = 'npx perceptra build'
const windows =
  'On Windows it cannot be built from source: run Node for x64, which Windows on arm64 runs too, or use the Linux subsystem (WSL)'
const again = 'Install perceptra again on this machine (remove node_modules/perceptra, then npm install)'

interface Reason {
  /** What is wrong: a sentence without its full stop. */
  what: string
  todo: string
  /** Whether building from source helps too, where that is possible (not on Windows). */
  orBuild?: boolean
}

/** The error for a missing binary. */
export function missingNative(place: NativePlace, here: string): MlpError {
  const { platform, arch, libc } = place.target
  const others = listPrebuilt(here)
  const what = `there is no binary for ${platform}-${arch}${libc && ` (${libc})`}`
  const holds = others.length
    ? `The package holds binaries for ${others.join(', ')}.`
    : 'The package holds no binaries: it was copied or bundled without its prebuilds folder, or comes from its repository.'
  const todo = platform === 'win32' ? windows : `To build it from source: ${build}`
  return nativeError({ what, todo: `${holds}\n${todo}` }, place)
}

/**
 * The error for a binary that cannot be loaded, found before the system's loader opens it; undefined if it may load.
 */
export function inspectNative(place: NativePlace, path: string): MlpError | undefined {
  try {
    const reason = faultOf(readNativeFile(path), path, place.target)
    return reason && nativeError(reason, place)
  } catch (error) {
    return loadingError(error as Error, place, path)
  }
}

function faultOf(file: NativeFile, path: string, { platform, arch }: NativeTarget): Reason | undefined {
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

/**
 * Messages of the loaders of glibc, musl, macOS, Windows and Node, and their reasons. The first that matches counts.
 */
const loaderMessages: { pattern: RegExp; reason: (match: string[], path: string) => Reason }[] = [
  {
    // Before the general patterns for files that cannot be opened.
    pattern: /version [`']GLIBC_([\d.]+)' not found/,
    reason: ([, version]) => ({
      what: `it needs glibc ${version}, and this system's is older (${glibcVersion() ?? 'version unknown'})`,
      todo: `Use a system with glibc ${version} or newer`,
      orBuild: true,
    }),
  },
  {
    pattern: /version [`'](GLIBCXX|CXXABI|GCC)_([\d.]+)' not found(?: \(required by .*?([^/]+)\))?/,
    reason: ([, name, version]) => ({
      what: `it needs a newer C++ runtime than this system has (${name}_${version})`,
      todo: `It was built on another machine; build it on this one: ${build}`,
    }),
  },
  {
    pattern: /ERR_DLOPEN_DISABLED/,
    reason: () => ({
      what: 'this Node may not load native parts (--no-addons, or --permission)',
      todo: 'Start it without --no-addons, and with --allow-addons beside --permission',
    }),
  },
  {
    pattern:
      /failed to map segment|Operation not permitted|Permission denied|EACCES|EPERM|not permitted by policy|code signature|Access is denied/i,
    reason: (_, path) => ({
      what: `the system does not let ${path} be loaded: its file system is mounted noexec, its mode forbids reading it, or a policy forbids it`,
      todo: 'Put node_modules where programs may be run (mount ... -o remount,exec), and let it be read (chmod -R a+rX node_modules/perceptra)',
    }),
  },
  {
    // musl's C library is called libc.so; glibc has a text file for linkers under this name.
    pattern:
      /(?:^|\s)([^\s:]+): cannot open shared object file|Error loading shared library ([^\s:]+): No such file|Library not loaded: (\S+)|(libc\.so): invalid ELF header/m,
    reason: ([, ...names]) => missingLibrary(names.find(Boolean)!),
  },
  { pattern: /specified module could not be found/, reason: () => missingLibrary('a DLL that it needs') },
  {
    pattern:
      /Error relocating .*?: (\S+): symbol not found|undefined symbol: (\S+)|symbol not found in flat namespace '?([^\s']+)/,
    reason: ([, ...names]) => ({
      what: `it calls the function ${names.find(Boolean)}, which this system or this Node does not have`,
      todo: `It was built for another C library or a Node without Node-API 8. ${again}`,
      orBuild: true,
    }),
  },
  {
    pattern:
      /invalid ELF header|no loadable segments|wrong ELF class|file too short|cannot read file data|ELF load command|Exec format error|not a valid Win32|incompatible architecture|not a mach-o|truncated/i,
    reason: (_, path) => ({ what: `${path} is damaged, or not for this machine`, todo: again, orBuild: true }),
  },
]

function missingLibrary(name: string): Reason {
  const libc = /^(ld-musl|libc\.musl|libc\.so$)/.test(name) ? ': it was built for musl, and this is glibc' : ''
  const glibc = /^(ld-linux|libc\.so\.6)/.test(name) ? ': it was built for glibc, and this is musl' : ''
  return {
    what: `the shared library ${name} is missing here${libc}${glibc}`,
    todo: `Install the package that contains ${name}`,
    orBuild: true,
  }
}

/** The error for a binary that the system's loader refused. */
export function loadingError(error: Error, place: NativePlace, path: string): MlpError {
  // The addon was loaded and refuses to start: its message says why and what to do.
  if ((error as { code?: unknown }).code === 'ERR_NATIVE')
    return new MlpError(error.message, 'ERR_NATIVE', { cause: error })
  const text = [error.message, (error as NodeJS.ErrnoException).code].filter(Boolean).join('\n')
  for (const { pattern, reason } of loaderMessages) {
    const match = pattern.exec(text)
    if (match) return nativeError(reason(match, path), place, error)
  }
  return nativeError({ what: `${path} does not load`, todo: again, orBuild: true }, place, error)
}

function nativeError(
  { what, todo, orBuild }: Reason,
  { target, lookedFor, path }: NativePlace,
  cause?: Error,
): MlpError {
  const { platform, arch, libc } = target
  const version = libc === 'glibc' ? ` ${glibcVersion() ?? ''}`.trimEnd() : ''
  const advice = orBuild && platform !== 'win32' ? `${todo}, or build it from source: ${build}` : todo
  const lines = [
    `perceptra's native part could not be loaded: ${what}.`,
    `Here: ${platform}-${arch}${libc && `, ${libc}${version}`}, Node ${process.version}.`,
    path ? `Loaded from: ${path}` : `Looked for:\n${lookedFor.map((place) => `  ${place}`).join('\n')}`,
    ...(cause ? [`The system says: ${cause.message.trim()}`] : []),
    // No full stop behind a command: people copy the line.
    advice.endsWith(build) ? advice : `${advice}.`,
    'More: docs/installing.md',
  ]
  return new MlpError(lines.join('\n'), 'ERR_NATIVE', cause && { cause })
}

/** Undefined on other systems, or where the report lacks it. */
function glibcVersion(): string | undefined {
  try {
    // Without this the report looks up the host names of all open connections.
    Object.assign(process.report, { excludeNetwork: true })
    const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
    return report.header?.glibcVersionRuntime
  } catch {
    return undefined
  }
}
