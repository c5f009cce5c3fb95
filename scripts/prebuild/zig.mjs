import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { output } from '../setup/step.mjs'
import { installWheel } from '../setup/wheel.mjs'
import { cache, root } from './paths.mjs'

export const zigVersion = '0.15.2'
const folder = join(cache, `zig-${zigVersion}`)
const wrapper = join(root, 'scripts', 'prebuild', 'zig-cc.sh')

/** Installs zig, a Python package, into a virtual environment of this checkout, if it is not there. */
export function installZig() {
  if (findZig()) return false
  const log = installWheel(`ziglang==${zigVersion}`, folder)
  if (!findZig()) throw log.failure(`Installing the Python package ziglang ${zigVersion}`)
  return true
}

/** The path of zig; undefined if it is not installed. */
export function findZig() {
  const lib = join(folder, 'lib')
  if (!existsSync(lib)) return undefined
  return readdirSync(lib)
    .map((python) => join(lib, python, 'site-packages', 'ziglang', 'zig'))
    .find((zig) => output(zig, ['version']) === zigVersion)
}

/** Writes cc, c++, ar and ranlib of a target as plain commands for makefiles; returns their paths. */
export function writeTools(zig, target) {
  const tools = join(cache, 'tools', target.name)
  mkdirSync(tools, { recursive: true })
  const script = (name, command) => {
    const path = join(tools, name)
    writeFileSync(path, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 })
    return path
  }
  const compiler = (language) =>
    `sh '${wrapper}' '${zig}' ${target.clang} '${target.cpu ?? ''}' ${language} -target ${target.zig}`
  return {
    cc: script('cc', compiler('cc')),
    cxx: script('c++', compiler('c++')),
    ar: script('ar', `'${zig}' ar`),
    ranlib: script('ranlib', `'${zig}' ranlib`),
    rc: script('rc', `'${zig}' rc`),
    hostCc: script('host-cc', `'${zig}' cc -fno-sanitize=undefined`),
  }
}

/** zig keeps every object; its cache is here, so that it is deleted with the rest. */
export const zigEnvironment = {
  ZIG_GLOBAL_CACHE_DIR: join(cache, 'zig-cache'),
  ZIG_LOCAL_CACHE_DIR: join(cache, 'zig-cache'),
}
