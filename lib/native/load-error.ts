import { MlpError } from '../base/errors.js'
import { type NativeFile, readNativeFile } from './binary.js'
import { listPrebuilt, type NativePlace, type NativeTarget } from './place.js'

const build = 'npx perceptra build'
const windows =
  'On Windows it cannot be built from source: run Node for x64, which Windows on arm64 runs too, or use the Linux subsystem (WSL)'
const again = 'Install perceptra again on this machine (remove node_modules/perceptra, then npm install)'

interface Reason {
  /** What is wrong, a sentence without its end. */
  what: string
  todo: string
  /** Whether building from source helps too; it does not exist on Windows. */
  orBuild?: boolean
}

/** No binary where one should be. */
export function missingNative(place: NativePlace, here: string): MlpError {
  const { platform, arch, libc } = place.target
  const others = listPrebuilt(here)
  const what = `there is no binary for ${platform}-${arch}${libc && ` (${libc})`}`
  const found = others.length
    ? `The package holds binaries for ${others.join(', ')}.`
    : 'The package holds no binaries: it was copied or bundled without its prebuilds folder, or comes from its repository.'
  const todo = platform === 'win32' ? windows : `To build it from source: ${build}`
  return nativeError({ what, todo: `${found}\n${todo}` }, place)
}

/** What is wrong with a file that is there, seen before the system's loader does; undefined for one that may load. */
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
  // Other systems share Linux's format.
  const isOurs = system === platform || (system === 'linux' && platform !== 'darwin' && platform !== 'win32')
  // A processor that is not told, or not known here, is for the system's loader to judge.
  if (isOurs && (file.arch === undefined || file.arch === arch)) return undefined
  const what = `${path} is a binary for ${system} on ${file.arch ?? 'some processor'}, but this is ${platform} on ${arch}`
  return {
    what,
    todo: `node_modules comes from another machine, or Node is not of this one's kind. ${again}`,
    orBuild: true,
  }
}

/** What the loaders of glibc, musl, macOS, Windows and Node say, and what it means. The first that fits counts. */
const sayings: { says: RegExp; means: (found: string[], path: string) => Reason }[] = [
  {
    // Before the general lines on files that cannot be opened.
    says: /version [`']GLIBC_([\d.]+)' not found/,
    means: ([, version]) => ({
      what: `it needs glibc ${version}, and this system's is older (${glibcVersion() ?? 'version unknown'})`,
      todo: `Use a system with glibc ${version} or newer`,
      orBuild: true,
    }),
  },
  {
    says: /version [`'](GLIBCXX|CXXABI|GCC)_([\d.]+)' not found(?: \(required by .*?([^/]+)\))?/,
    means: ([, name, version]) => ({
      what: `it needs a newer C++ runtime than this system has (${name}_${version})`,
      todo: `It was built on another machine; build it on this one: ${build}`,
    }),
  },
  {
    says: /ERR_DLOPEN_DISABLED/,
    means: () => ({
      what: 'this Node may not load native parts (--no-addons, or --permission)',
      todo: 'Start it without --no-addons, and with --allow-addons beside --permission',
    }),
  },
  {
    says: /failed to map segment|Operation not permitted|Permission denied|EACCES|EPERM|not permitted by policy|code signature|Access is denied/i,
    means: (_, path) => ({
      what: `the system does not let ${path} be loaded: its file system is mounted noexec, its mode forbids reading it, or a policy forbids it`,
      todo: 'Put node_modules where programs may be run (mount ... -o remount,exec), and let it be read (chmod -R a+rX node_modules/perceptra)',
    }),
  },
  {
    // libc.so is musl; what glibc has under this name is a text for linkers.
    says: /(?:^|\s)([^\s:]+): cannot open shared object file|Error loading shared library ([^\s:]+): No such file|Library not loaded: (\S+)|(libc\.so): invalid ELF header/m,
    means: ([, ...names]) => missingLibrary(names.find(Boolean)!),
  },
  { says: /specified module could not be found/, means: () => missingLibrary('a DLL that it needs') },
  {
    says: /Error relocating .*?: (\S+): symbol not found|undefined symbol: (\S+)|symbol not found in flat namespace '?([^\s']+)/,
    means: ([, ...names]) => ({
      what: `what runs here lacks the function ${names.find(Boolean)}, which it calls`,
      todo: `It was built for another C library or a Node without Node-API 8. ${again}`,
      orBuild: true,
    }),
  },
  {
    says: /invalid ELF header|no loadable segments|wrong ELF class|file too short|cannot read file data|ELF load command|Exec format error|not a valid Win32|incompatible architecture|not a mach-o|truncated/i,
    means: (_, path) => ({ what: `${path} is damaged, or not for this machine`, todo: again, orBuild: true }),
  },
]

function missingLibrary(name: string): Reason {
  const libc = /^(ld-musl|libc\.musl|libc\.so$)/.test(name) ? ': it was built for musl, and this is glibc' : ''
  const glibc = /^(ld-linux|libc\.so\.6)/.test(name) ? ': it was built for glibc, and this is musl' : ''
  return {
    what: `the shared library ${name} is missing here${libc}${glibc}`,
    todo: `Install what has ${name}`,
    orBuild: true,
  }
}

/** What it means that `path` could not be loaded. */
export function loadingError(error: Error, place: NativePlace, path: string): MlpError {
  // The addon was loaded and refuses to start: its message says why and what to do.
  if ((error as { code?: unknown }).code === 'ERR_NATIVE')
    return new MlpError(error.message, 'ERR_NATIVE', { cause: error })
  const text = [error.message, (error as NodeJS.ErrnoException).code].filter(Boolean).join('\n')
  for (const { says, means } of sayings) {
    const found = says.exec(text)
    if (found) return nativeError(means(found, path), place, error)
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
    // A command is copied with all that follows it.
    advice.endsWith(build) ? advice : `${advice}.`,
    'More: docs/installing.md',
  ]
  return new MlpError(lines.join('\n'), 'ERR_NATIVE', cause && { cause })
}

/** Undefined where there is none, or the runtime does not tell. */
function glibcVersion(): string | undefined {
  try {
    // Or it asks for the names of all addresses that this process talks to.
    Object.assign(process.report, { excludeNetwork: true })
    const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
    return report.header?.glibcVersionRuntime
  } catch {
    return undefined
  }
}
