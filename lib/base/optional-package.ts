import { ArgumentError } from './errors.js'

/**
 * A package that users install beside perceptra.
 * @param what needs it, for the message.
 * @throws ArgumentError where it is not installed.
 */
export async function loadOptional<T>(name: string, what: string): Promise<T> {
  const loaded = await import(name).catch((cause) => {
    throw new ArgumentError(`${what} needs the package ${name}: 'npm install ${name}'.`, { cause })
  })
  return loaded.default ?? loaded
}
