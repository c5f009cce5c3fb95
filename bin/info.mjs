import { readFileSync } from 'node:fs'

/** Prints the loaded binary, or why none was loaded; resolves to the exit code. */
export async function run() {
  let loaded
  try {
    loaded = await import('../dist/native.js')
  } catch (error) {
    if (error.code !== 'ERR_NATIVE') throw error
    console.error(error.message)
    return 1
  }
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const { blas, blasKernels, kernels, runnableKernels, cores } = loaded.native.info()
  const { platform, arch } = process
  console.log(
    [
      `perceptra ${version} on ${platform}-${arch}, Node ${process.version}`,
      `loaded from ${loaded.nativePath}`,
      `products by ${blas}, kernels ${blasKernels}`,
      `element-wise work and small products by the ${kernels} kernels; this CPU runs ${runnableKernels.join(', ')}`,
      `${cores} cores`,
    ].join('\n'),
  )
  return 0
}
