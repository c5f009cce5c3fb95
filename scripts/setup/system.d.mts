export type Need =
  | 'compiler'
  | 'cmake'
  | 'make'
  | 'openblas'
  | 'googletest'
  | 'chromium'
  | 'redis'
  | 'qemu'
  | 'wine'
  | 'clang-format'
  | 'venv'
export function provideSystem(names: Need[]): void
export function findBrowser(): string | undefined
export function findRedis(): string | undefined
