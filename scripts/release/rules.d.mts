export interface Binary {
  path: string
  system: string | undefined
  arch: string | undefined
  bytes: number
  needed: number
}
export const wanted: Record<string, [system: string, arch: string]>
export const files: string[]
export function problemsOfBinaries(binaries: Binary[]): string[]
export function problemsOfPackage(facts: { files: { path: string }[]; size: number; unpackedSize: number }): string[]
export function problemsOfTag(tag: string, version: string, changelog: string): string[]
