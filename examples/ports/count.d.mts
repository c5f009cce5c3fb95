export function countLines(name: string, text: string): number
