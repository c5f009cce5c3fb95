export const build = 'npx perceptra build'
export const again = 'Install perceptra again on this machine (remove node_modules/perceptra, then npm install)'

export interface Reason {
  /** What is wrong: a sentence without its full stop. */
  what: string
  todo: string
  /** Whether building from source helps too, where that is possible (not on Windows). */
  orBuild?: boolean
}

/**
 * Messages of the loaders of glibc, musl, macOS, Windows and Node, and their reasons. The first that matches counts.
 */
export const loaderMessages: { pattern: RegExp; reason: (match: string[], path: string) => Reason }[] = [
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
    todo: glibc ? 'Set the environment variable LIBC to musl' : `Install the package that contains ${name}`,
    orBuild: true,
  }
}

/** Undefined on other systems, or where the report lacks it. */
export function glibcVersion(): string | undefined {
  try {
    // Without this the report looks up the host names of all open connections.
    Object.assign(process.report, { excludeNetwork: true })
    const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
    return report.header?.glibcVersionRuntime
  } catch {
    return undefined
  }
}
