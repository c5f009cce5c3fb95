export interface Binary {
  path: string
  system: string | undefined
  arch: string | undefined
  bytes: number
  needed: number
  glibc: number
}
export const wanted: Record<string, [system: string, arch: string]>
export const files: string[]
export function glibcOf(bytes: Buffer): number
export function problemsOfBinaries(binaries: Binary[]): string[]
export function problemsOfPackage(facts: { files: { path: string }[]; size: number; unpackedSize: number }): string[]
export function problemsOfTag(tag: string, version: string, changelog: string): string[]
export interface Sbom {
  components: {
    name: string
    type: string
    version?: string
    hashes?: { content: string }[]
    externalReferences?: { hashes?: { content: string }[] }[]
  }[]
}
export function problemsOfSbom(
  bom: Sbom,
  facts: {
    linked: { name: string; version: string; source?: { sha256: string } }[]
    titles: string[]
    licences: string
    binaries: { path: string; sha256: string }[]
    dependencies: string[]
  },
): string[]
