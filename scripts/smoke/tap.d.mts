export function tallyTap(text: string, code: number): { passed: number; failed: number; skipped: number }
