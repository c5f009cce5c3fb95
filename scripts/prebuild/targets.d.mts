export interface Target {
  name: string
  platform: string
  arch: string
  libc?: 'glibc' | 'musl'
}
export const targets: Record<string, Omit<Target, 'name'>>
export function chooseTargets(list?: string): Target[]
export function fileOf(target: Target): string
