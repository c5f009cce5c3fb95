export function isSound(folder: string, source?: string): boolean
export function buildNative(): void
export function builtCore(): string
