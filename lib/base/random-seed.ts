/**
 * A seed where none was given. Not from node:crypto, which takes longer to load than a first model to be made: seeds need to
 * differ, not to be secret, and V8 seeds Math.random from the system's entropy.
 */
export function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32)
}

/** Twelve hexadecimal digits that make a file's name its own: also where a program has given Math.random a seed. */
export function temporaryName(): string {
  return process.getBuiltinModule('node:crypto').randomBytes(6).toString('hex')
}
