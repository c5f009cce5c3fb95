export interface Linked {
  name: string
  version: string
  license?: string
  expression?: string
  url: string
  where: string
  file: ['openblas' | 'packages' | 'zig', string]
  source?: { url: string; sha256: string }
}
export const linked: Linked[]
export function titleOf(library: Linked): string
