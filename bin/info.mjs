import { readFileSync } from 'node:fs'

/** Prints the loaded binary, or why none was loaded; resolves to the exit code. */
export async function run() {
  const { native, nativePath } = await import('../dist/native.cjs')
  let facts
  try {
    facts = native().info()
  } catch (error) {
    if (error.code !== 'ERR_NATIVE') throw error
    console.error(error.message)
    return 1
  }
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const { blas, blasKernels, kernels, runnableKernels, cores } = facts
  const { platform, arch } = process
  console.log(
    [
      `perceptra ${version} on ${platform}-${arch}, Node ${process.version}`,
      `loaded from ${nativePath()}`,
      `products by ${blas}, kernels ${blasKernels}`,
      `element-wise work and small products by the ${kernels} kernels; this CPU runs ${runnableKernels.join(', ')}`,
      `${cores} cores`,
    ].join('\n'),
  )
  return 0
}
