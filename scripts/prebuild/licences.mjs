import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openblasFolder } from './openblas.mjs'
import { root } from './paths.mjs'
import { openblasVersion } from './source.mjs'
import { zigVersion } from './zig.mjs'

/** Writes prebuilds/LICENSES.txt: what is linked into the binaries, each with its licence in full. */
export function writeLicences(zig, target) {
  const lib = join(dirname(zig), 'lib')
  const package_ = (name) => join(root, 'node_modules', name)
  const versionOf = (name) => JSON.parse(readFileSync(join(package_(name), 'package.json'), 'utf8')).version
  const parts = [
    { name: `OpenBLAS ${openblasVersion}`, file: join(openblasFolder(target), 'LICENSE') },
    { name: `node-addon-api ${versionOf('node-addon-api')}`, file: join(package_('node-addon-api'), 'LICENSE.md') },
    { name: `node-api-headers ${versionOf('node-api-headers')}`, file: join(package_('node-api-headers'), 'LICENSE') },
    {
      name: `libc++, libc++abi and libunwind of LLVM, as zig ${zigVersion} has them`,
      file: join(lib, 'libcxx', 'LICENSE.TXT'),
    },
    {
      name: `compiler-rt as zig ${zigVersion} has it, after LLVM's (the licence above)`,
      file: join(dirname(zig), 'LICENSE'),
    },
    { name: 'start-up code of musl (Linux with musl)', file: join(lib, 'libc', 'musl', 'COPYRIGHT') },
    { name: 'start-up code and runtime of mingw-w64 (Windows)', file: join(lib, 'libc', 'mingw', 'COPYING') },
  ]
  const line = '='.repeat(100)
  const texts = parts.map(({ name, file }) => `${line}\n${name}\n${line}\n\n${readFileSync(file, 'utf8').trim()}\n`)
  const head =
    'What is linked statically into the binaries in this folder, and its licences. perceptra itself has the MIT licence (../LICENSE).\n'
  mkdirSync(join(root, 'prebuilds'), { recursive: true })
  writeFileSync(join(root, 'prebuilds', 'LICENSES.txt'), [head, ...texts].join('\n'))
}
