import { native, nativePath } from '../../native/addon.js'
import { type CommonOptions, Output } from '../terminal/output.js'

/** Prints the loaded binary and what computes here. @throws MlpError ERR_NATIVE if none was loaded. */
export function info(version: string, options: CommonOptions): number {
  const output = new Output(options)
  const { blas, blasKernels, kernels, runnableKernels, cores } = native().info()
  const { platform, arch } = process
  output.result({
    version,
    platform,
    arch,
    node: process.version,
    binary: nativePath(),
    blas,
    blasKernels,
    kernels,
    runnableKernels,
    cores,
  })
  output.line(`perceptra ${version} on ${platform}-${arch}, Node ${process.version}`)
  output.line(`loaded from ${nativePath()}`)
  output.line(`products by ${blas}, kernels ${blasKernels}`)
  output.line(
    `element-wise work and small products by the ${kernels} kernels; this CPU runs ${runnableKernels.join(', ')}`,
  )
  output.line(`${cores} cores`)
  return 0
}
