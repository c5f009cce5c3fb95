import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from './paths.mjs'
import { writeTools } from './zig.mjs'

/** Writes the CMake toolchain file of a target; returns its path. */
export function writeToolchain(zig, target) {
  const tools = writeTools(zig, target)
  const lines = [
    `set(CMAKE_SYSTEM_NAME ${target.system})`,
    `set(CMAKE_SYSTEM_PROCESSOR ${target.processor})`,
    `set(CMAKE_CXX_COMPILER "${tools.cxx}")`,
    `set(CMAKE_AR "${tools.ar}")`,
    `set(CMAKE_RANLIB "${tools.ranlib}")`,
    `set(CMAKE_RC_COMPILER "${tools.rc}")`,
    // zig interprets -O3 as a mode of its own and passes -O2 to clang.
    'add_compile_options("SHELL:-Xclang -O3")',
    // Libraries of this machine must not be used.
    ...['LIBRARY', 'INCLUDE', 'PACKAGE'].map((kind) => `set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)`),
    'set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)',
    'set(CMAKE_SHARED_LINKER_FLAGS_RELEASE_INIT "-s -Wl,--gc-sections")',
    ...(target.platform === 'darwin' ? darwin : []),
  ]
  const path = join(cache, 'tools', target.name, 'toolchain.cmake')
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

// zig contains the headers and libraries of macOS; its -target has the version.
const darwin = [
  'set(CMAKE_OSX_SYSROOT "")',
  'set(CMAKE_OSX_DEPLOYMENT_TARGET "")',
  'set(CMAKE_INSTALL_NAME_TOOL true)',
  'set(CMAKE_SHARED_LINKER_FLAGS_RELEASE_INIT "-s -Wl,-dead_strip")',
]
