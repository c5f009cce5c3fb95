import { isMain } from '../is-main.js'
import { type Defaults, type RecipeOptions, readOptions, usageOf } from './options.js'

/** Runs a recipe with the options of the command line, if Node was started with its module; prints errors in one line. */
export async function main(
  url: string,
  name: string,
  defaults: Defaults,
  cook: (options: RecipeOptions) => Promise<void>,
): Promise<void> {
  if (!isMain(url)) return
  try {
    const options = readOptions(process.argv.slice(2), defaults)
    if (options === 'help') console.log(usageOf(name, defaults))
    else await cook(options)
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
