export const kernelsVariable: string
export const suitesWithoutKernels: string[]
export function listKernels(command: string, args: string[]): { all: string[]; others: string[] }
export function listKernelsOfAddon(): { all: string[]; others: string[] }
