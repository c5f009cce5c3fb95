interface Patch {
  why: string
  file: string
  from: string | RegExp
  to: string
  platform?: string
}
export const patches: Patch[]
export function patchesFor(target: { platform: string }): Patch[]
export function applyPatches(folder: string, target: { platform: string }): void
