/** Loads the binary by node-gyp-build. */
export declare function load(): unknown
/** The path that `load` loads from. */
export declare function find(): string
/** The package's folder, where binaries are searched. */
export declare const folder: string
