import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { byHand, install } from './packages.mjs'
import { cache } from './paths.mjs'
import { output, step } from './step.mjs'

// Required system software: a check for it, and the package that contains it.
const needs = {
  compiler: {
    what: 'a C++20 compiler (GCC 11, Clang 14 or newer)',
    found: () => compiles('#include <atomic>\n#include <span>\nvoid f(std::atomic<int>& a) { a.wait(0); }'),
    packages: { 'apt-get': 'g++', dnf: 'gcc-c++', apk: 'g++', pacman: 'gcc' },
    advice: process.platform === 'darwin' ? 'xcode-select --install' : 'or set CXX to a newer compiler',
  },
  cmake: {
    what: 'CMake 3.19 or newer',
    found: () => atLeast(output('cmake', ['--version']), 3, 19),
    packages: { 'apt-get': 'cmake', brew: 'cmake', dnf: 'cmake', apk: 'cmake', pacman: 'cmake' },
  },
  make: {
    what: 'ninja or make',
    found: () => ['ninja', 'make'].some((tool) => output(tool, ['--version']) !== ''),
    packages: { 'apt-get': 'ninja-build', brew: 'ninja', dnf: 'ninja-build', apk: 'ninja', pacman: 'ninja' },
  },
  openblas: {
    what: 'OpenBLAS with its headers',
    found: () => links(['cblas.h', 'openblas/cblas.h'], 'openblas'),
    packages: {
      'apt-get': 'libopenblas-dev',
      brew: 'openblas',
      dnf: 'openblas-devel',
      apk: 'openblas-dev',
      pacman: 'openblas',
    },
  },
  googletest: {
    what: 'GoogleTest',
    found: () => links(['gtest/gtest.h'], 'gtest'),
    packages: { 'apt-get': 'libgtest-dev', brew: 'googletest', dnf: 'gtest-devel', apk: 'gtest-dev', pacman: 'gtest' },
  },
  chromium: {
    what: 'Chromium or Chrome',
    found: () => findBrowser() !== undefined,
    packages: { 'apt-get': 'chromium', dnf: 'chromium', apk: 'chromium', pacman: 'chromium' },
    advice: 'or set CHROMIUM to the path of one',
  },
  redis: {
    what: 'redis-server or valkey-server',
    found: () => findRedis() !== undefined,
    packages: { 'apt-get': 'redis-server', brew: 'redis', dnf: 'valkey', apk: 'valkey', pacman: 'valkey' },
  },
  qemu: {
    what: "qemu's emulators of one program, linked statically",
    found: () => ['qemu-x86_64-static', 'qemu-aarch64-static'].every((tool) => output(tool, ['--version']) !== ''),
    packages: { 'apt-get': 'qemu-user-static', dnf: 'qemu-user-static' },
  },
  wine: {
    what: 'Wine of 64 bits',
    found: () => ['wine64', '/usr/lib/wine/wine64'].some((tool) => output(tool, ['--version']) !== ''),
    packages: { 'apt-get': 'wine64', dnf: 'wine' },
  },
  'clang-format': {
    what: 'clang-format',
    found: () => findTool('clang-format') !== undefined,
    packages: {
      'apt-get': 'clang-format',
      brew: 'clang-format',
      dnf: 'clang-tools-extra',
      apk: 'clang-extra-tools',
      pacman: 'clang',
    },
  },
  venv: {
    what: 'python3 with venv and pip',
    found: () => output('python3', ['-c', 'import venv, ensurepip; print(1)']) === '1',
    packages: { 'apt-get': 'python3-venv', brew: 'python3', dnf: 'python3-pip', apk: 'py3-pip', pacman: 'python' },
  },
}

/** The missing ones of `names`. */
export function missingOf(names) {
  return names.map((name) => needs[name]).filter((need) => !need.found())
}

/** Installs the missing ones of `names`, or throws an error with the command to type. */
export function provideSystem(names) {
  // On Windows, CMake finds its compiler or reports the missing one.
  if (process.platform === 'win32') return
  step('system packages', () => {
    const missing = missingOf(names)
    if (missing.length === 0) return false
    install(missing)
    const still = missing.filter((need) => !need.found())
    if (still.length > 0) throw byHand(still, 'The packages are installed, but do not do.')
  })
}

/** The path or name of an LLVM tool: on the PATH, with or without a version, or in Homebrew's folder. */
export function findTool(name) {
  const versioned = Array.from({ length: 12 }, (_, i) => `${name}-${22 - i}`)
  const hidden = brewPrefixes('llvm').map((prefix) => `${prefix}/bin/${name}`)
  return [name, ...versioned, ...hidden].find((tool) => output(tool, ['--version']) !== '')
}

/** The name of a browser of the Chromium family; undefined if there is none. */
export function findBrowser() {
  const names = [process.env.CHROMIUM, 'chromium', 'google-chrome', 'chromium-browser', 'google-chrome-stable']
  return names.find((name) => name && output(name, ['--version']) !== '')
}

/** The name of a server of Redis or Valkey; undefined if there is none. */
export function findRedis() {
  return ['redis-server', 'valkey-server'].find((name) => output(name, ['--version']) !== '')
}

/** The environment for CMake: without npm's settings (a user's nodedir), with Homebrew's folders. */
export function buildEnvironment() {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name)))
  const prefixes = brewPrefixes('openblas')
  if (prefixes.length > 0) {
    env.CMAKE_PREFIX_PATH = [process.env.CMAKE_PREFIX_PATH, ...prefixes].filter(Boolean).join(':')
  }
  return env
}

function brewPrefixes(formula) {
  if (process.platform !== 'darwin') return []
  return [output('brew', ['--prefix', formula]), output('brew', ['--prefix'])].filter(
    (path) => path && existsSync(path),
  )
}

function atLeast(text, major, minor) {
  const [, a, b] = /(\d+)\.(\d+)/.exec(text) ?? [0, -1, -1]
  return Number(a) > major || (Number(a) === major && Number(b) >= minor)
}

function links(headers, library) {
  const prefixes = brewPrefixes(library)
  const folders = prefixes.flatMap((prefix) => [`-I${prefix}/include`, `-L${prefix}/lib`])
  const seen = headers.map((header) => `__has_include(<${header}>)`).join(' || ')
  return compiles(`#if !(${seen})\n#error\n#endif\nint main() {}`, [...folders, `-l${library}`])
}

/** Compiles C++20 code and, with a library in `flags`, links it. */
function compiles(code, flags = ['-c']) {
  const compiler = process.env.CXX || ['c++', 'g++', 'clang++'].find((name) => output(name, ['--version']) !== '')
  if (!compiler) return false
  // A file instead of /dev/null: some linkers, run as root, delete the file that they overwrite.
  const args = ['-std=c++20', '-x', 'c++', '-', ...flags, '-o', join(cache, 'probe.out')]
  return spawnSync(compiler, args, { input: code, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0
}
