/**
 * A seed where none was given. Not from node:crypto, which takes longer to load than a first model to be made: seeds need to
 * differ, not to be secret, and V8 seeds Math.random from the system's entropy.
 */
export function drawnSeed(): number {
  return Math.floor(Math.random() * 2 ** 32)
}

/** Twelve hexadecimal digits that make a file's name its own. */
export function drawnName(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0')
}
