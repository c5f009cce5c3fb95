import { isMain } from '../is-main.js'

/** Runs a port with the folder of its data, if Node was started with its module, and prints what it returns. */
export async function main(url: string, port: (dir: string) => Promise<object>): Promise<void> {
  if (!isMain(url)) return
  const dir = process.argv[2]
  if (dir === undefined) {
    console.error(`usage: node --import tsx ${process.argv[1]} folder-of-the-data`)
    process.exitCode = 1
    return
  }
  console.log(await port(dir))
}
