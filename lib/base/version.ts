/** Replaced by the version in package.json when dist/ is built. */
declare const PERCEPTRA_VERSION: string | undefined

/** The version of this package; `'development'` where its sources run. */
export const version = typeof PERCEPTRA_VERSION === 'string' ? PERCEPTRA_VERSION : 'development'
