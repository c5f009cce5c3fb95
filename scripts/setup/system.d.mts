export type Need = 'compiler' | 'cmake' | 'make' | 'openblas' | 'googletest' | 'clang-format' | 'clang-tidy'
export function provideSystem(names: Need[]): void
