export type Need =
  | 'compiler'
  | 'cmake'
  | 'make'
  | 'openblas'
  | 'googletest'
  | 'qemu'
  | 'wine'
  | 'clang-format'
  | 'clang-tidy'
export function provideSystem(names: Need[]): void
