export const patches: { why: string; file: string; from: string | RegExp; to: string }[]
export function applyPatches(folder: string): void
