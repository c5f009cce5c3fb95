'use strict'
// Loads the binary, when `load` is first called. Tools that trace files (@vercel/nft, which Next uses, and ncc) know the call in exactly
// this form and copy the binary, so it is in the package's root, and in CommonJS.

exports.load = () => require('node-gyp-build')(__dirname)

/** The path that `load` loads from. */
exports.find = () => require('node-gyp-build').resolve(__dirname)

/** The package, or the folder of a bundle: where binaries are searched. */
exports.folder = () => __dirname
