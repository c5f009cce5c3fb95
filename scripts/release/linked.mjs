/** What is linked into the prebuilt binaries, beside our own code; its licences are in prebuilds/LICENSES.txt. */
export const linked = [
  {
    name: 'OpenBLAS',
    version: '0.3.34',
    license: 'BSD-3-Clause',
    url: 'https://github.com/OpenMathLib/OpenBLAS',
    where: 'every binary',
  },
  {
    name: 'LLVM libc++, libc++abi and libunwind',
    version: '20.1',
    expression: 'Apache-2.0 WITH LLVM-exception',
    url: 'https://github.com/llvm/llvm-project',
    where: 'every binary',
  },
  {
    name: 'zig compiler-rt',
    version: '0.15.2',
    license: 'MIT',
    url: 'https://ziglang.org',
    where: 'every binary',
  },
  {
    name: 'mingw-w64 runtime',
    license: 'ZPL-2.1',
    url: 'https://www.mingw-w64.org',
    where: 'win32-x64',
  },
]
