/** JSON of a packed value. Objects with the key `tag` stand for what JSON lacks. */
export type Json = null | boolean | number | string | Json[] | readonly [number, number][] | { [key: string]: Json }

/** The key that tells what an object stands for; no other object has it. */
export const tag = '$'

/** What packed values begin with; the number is the version of the format. */
export const magic = new TextEncoder().encode('PCPACK01')

/** Of the number of bytes of the head, which follows `magic`. */
export const lengthBytes = 4

/** Entries of an array that are written at once. */
export const rowsInBlock = 2000

/** Nested levels, at most: deeper data of a stranger could overflow the stack. */
export const deepest = 100

/** Buffers begin at multiples of 8 bytes. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
