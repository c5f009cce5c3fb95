/** Loads the binary by node-gyp-build. */
export declare function load(): unknown
/** The path that `load` loads from. */
export declare function find(): string
/** The package, or the folder of a bundle: where binaries are searched. */
export declare function folder(): string
