// The targets. `zig` names the oldest system that a binary runs on.
const x64 = {
  arch: 'x64',
  processor: 'x86_64',
  // blas.cpp selects the kernels of Haswell or SkylakeX; on other CPUs OpenBLAS selects. Newer
  // kernels differ only in bfloat16 products, which the core does not use. AVX2OPT: the makefiles detect it
  // for gcc, but not for clang.
  openblas: ['TARGET=PRESCOTT', 'DYNAMIC_ARCH=1', 'DYNAMIC_LIST=SANDYBRIDGE HASWELL SKYLAKEX', 'AVX2OPT=-mavx2 -mfma'],
}
const arm64 = {
  arch: 'arm64',
  processor: 'aarch64',
  openblas: ['TARGET=ARMV8', 'DYNAMIC_ARCH=1', 'DYNAMIC_LIST=CORTEXA53 CORTEXA57 NEOVERSEN1 NEOVERSEV1 NEOVERSEN2'],
}
const linux = { platform: 'linux', system: 'Linux', osname: 'Linux' }
const darwin = { platform: 'darwin', system: 'Darwin', osname: 'Darwin' }

/** By name. `clang` is the triple, `cpu` the only CPU (if it has none, each kernel's own), `libc` part of the file's name. */
export const targets = {
  'linux-x64-glibc': { ...linux, ...x64, libc: 'glibc', zig: 'x86_64-linux-gnu.2.28', clang: 'x86_64-linux-gnu' },
  'linux-x64-musl': { ...linux, ...x64, libc: 'musl', zig: 'x86_64-linux-musl', clang: 'x86_64-linux-musl' },
  'linux-arm64-glibc': { ...linux, ...arm64, libc: 'glibc', zig: 'aarch64-linux-gnu.2.28', clang: 'aarch64-linux-gnu' },
  'linux-arm64-musl': { ...linux, ...arm64, libc: 'musl', zig: 'aarch64-linux-musl', clang: 'aarch64-linux-musl' },
  'win32-x64': {
    ...{ platform: 'win32', system: 'Windows', osname: 'WINNT' },
    ...x64,
    zig: 'x86_64-windows-gnu',
    clang: 'x86_64-windows-gnu',
  },
  'darwin-x64': { ...darwin, ...x64, zig: 'x86_64-macos.10.15', clang: 'x86_64-apple-macos10.15', oldest: '10.15' },
  'darwin-arm64': {
    ...darwin,
    ...arm64,
    // All Apple CPUs use the same kernels.
    openblas: ['TARGET=VORTEX', 'DYNAMIC_ARCH=0'],
    zig: 'aarch64-macos.11.0',
    clang: 'arm64-apple-macos11.0',
    cpu: 'apple_m1',
    oldest: '11.0',
  },
}

/** The path where node-gyp-build looks for it, relative to the package. */
export function fileOf({ platform, arch, libc }) {
  return `prebuilds/${platform}-${arch}/perceptra${libc ? `.${libc}` : ''}.node`
}

/** The targets in a comma-separated list; all targets if there is no list. */
export function chooseTargets(list) {
  const names = list === undefined ? Object.keys(targets) : list.split(',')
  const unknown = names.find((name) => !(name in targets))
  if (unknown !== undefined) {
    throw new Error(`Unknown target "${unknown}"; there are ${Object.keys(targets).join(', ')}`)
  }
  return names.map((name) => ({ name, ...targets[name] }))
}
