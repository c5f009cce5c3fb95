export function checkDirections(files: Record<string, string>): string[]
