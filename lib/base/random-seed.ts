/**
 * A random seed. Seeds must differ but need not be secret, so Math.random is enough, which V8 seeds from the system's
 * entropy. node:crypto would take longer to load than a small model takes to be made.
 */
export function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32)
}

/**
 * Twelve random hexadecimal digits for the name of a temporary file. They come from node:crypto, because a program may
 * have replaced Math.random by a generator with a fixed seed.
 */
export function temporaryName(): string {
  return process.getBuiltinModule('node:crypto').randomBytes(6).toString('hex')
}
