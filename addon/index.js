'use strict'
// Loads the binary, when `load` is first called. Tools that trace files (@vercel/nft, which Next uses, and ncc) know calls in exactly
// this form, in a file that ends with .js, and copy the binary.
// Nothing is required before a call: in an ES module that a bundler made, `require` exists only while one runs.

/** In a bundle the binaries are beside the file; in the package they are one folder above this one. */
exports.load = () => {
  const path = require('node:path')
  return firstOf(
    () => require('node-gyp-build')(__dirname),
    () => require('node-gyp-build')(path.join(__dirname, '..')),
  )
}

/** The path that `load` loads from. */
exports.find = () => {
  const path = require('node:path')
  return firstOf(
    () => require('node-gyp-build').resolve(__dirname),
    () => require('node-gyp-build').resolve(path.join(__dirname, '..')),
  )
}

/** The package: where binaries are searched. */
exports.folder = () => require('node:path').join(__dirname, '..')

/** What the first call returns; of the second if the first found no binary. */
function firstOf(beside, above) {
  try {
    return beside()
  } catch (error) {
    if (!/^No native build was found/.test(error.message)) throw error
    return above()
  }
}
