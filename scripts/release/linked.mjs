import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gloo, openblas } from '../prebuild/source.mjs'
import { zigVersion } from '../prebuild/zig.mjs'
import { root } from '../setup/paths.mjs'

const ofPackage = (name) => {
  const path = join(root, 'node_modules', name, 'package.json')
  return JSON.parse(readFileSync(path, 'utf8')).version
}

/**
 * The libraries linked into the prebuilt binaries, for the SBOM and for prebuilds/LICENSES.txt. The text of a licence is
 * `file` in OpenBLAS's folder, in Gloo's archive, in node_modules or in zig's folder.
 */
export const linked = [
  {
    name: 'OpenBLAS',
    version: openblas.version,
    license: 'BSD-3-Clause',
    url: 'https://github.com/OpenMathLib/OpenBLAS',
    where: 'every binary',
    file: ['openblas', 'LICENSE'],
    source: { url: openblas.addresses.at(-1), sha256: openblas.sha256 },
  },
  {
    name: 'Gloo',
    version: gloo.version,
    license: 'BSD-3-Clause',
    url: 'https://github.com/pytorch/gloo',
    where: 'linux-x64 and linux-arm64',
    file: ['gloo', 'LICENSE'],
    source: { url: gloo.addresses.at(-1), sha256: gloo.sha256 },
  },
  {
    name: 'node-addon-api',
    version: ofPackage('node-addon-api'),
    license: 'MIT',
    url: 'https://github.com/nodejs/node-addon-api',
    where: 'every binary',
    file: ['packages', 'node-addon-api/LICENSE.md'],
  },
  {
    name: 'node-api-headers',
    version: ofPackage('node-api-headers'),
    license: 'MIT',
    url: 'https://github.com/nodejs/node-api-headers',
    where: 'every binary',
    file: ['packages', 'node-api-headers/LICENSE'],
  },
  {
    name: 'LLVM libc++, libc++abi and libunwind',
    version: `of zig ${zigVersion}`,
    expression: 'Apache-2.0 WITH LLVM-exception',
    url: 'https://github.com/llvm/llvm-project',
    where: 'every binary',
    file: ['zig', 'lib/libcxx/LICENSE.TXT'],
  },
  {
    name: 'zig compiler-rt',
    version: zigVersion,
    license: 'MIT',
    url: 'https://ziglang.org',
    where: "every binary; after LLVM's, under the licence above",
    file: ['zig', 'LICENSE'],
  },
  {
    name: 'musl start-up code',
    version: `of zig ${zigVersion}`,
    license: 'MIT',
    url: 'https://musl.libc.org',
    where: 'linux-x64 and linux-arm64, musl',
    file: ['zig', 'lib/libc/musl/COPYRIGHT'],
  },
  {
    name: 'mingw-w64 runtime',
    version: `of zig ${zigVersion}`,
    license: 'ZPL-2.1',
    url: 'https://www.mingw-w64.org',
    where: 'win32-x64',
    file: ['zig', 'lib/libc/mingw/COPYING'],
  },
]

/** The heading of its licence in LICENSES.txt. */
export function titleOf({ name, version, where }) {
  return `${name} ${version} (${where})`
}
