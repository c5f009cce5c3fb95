export function dropNeedlessNames(code: string): string
