export function isSound(folder: string, source?: string): boolean
