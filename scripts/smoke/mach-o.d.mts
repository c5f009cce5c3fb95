export function readMachO(bytes: Buffer): {
  arch: string | undefined
  oldest: string | undefined
  libraries: string[]
  exported: string[]
  looked: string[]
  signature: string
}
