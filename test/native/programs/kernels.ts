// Prints as JSON which kernels the addon uses and which this CPU runs, or the error with which it does not load.
async function describe(): Promise<object> {
  try {
    const { native } = await import('../../../lib/native/addon.js')
    const { kernels, runnableKernels } = native().info()
    return { kernels, runnableKernels }
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string }
    return { name, code, message }
  }
}

process.stdout.write(JSON.stringify(await describe()))
