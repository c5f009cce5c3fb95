/** Milliseconds of native work between two checks of the signal. */
export const sliceMs = 100
