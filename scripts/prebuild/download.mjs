// Downloads a file with a known SHA-256 from the first address that has it: node download.mjs SHA256 FILE URL...
// A process of its own, because builds are synchronous.
import { createHash } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'

const [sha256, file, ...urls] = process.argv.slice(2)
let isThere = false
for (const url of urls) {
  if (isThere) break
  try {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`the server says ${response.status} ${response.statusText}`.trimEnd())
    const bytes = Buffer.from(await response.arrayBuffer())
    const found = createHash('sha256').update(bytes).digest('hex')
    if (found !== sha256) throw new Error(`expected the SHA-256 ${sha256}, but got ${found}`)
    writeFileSync(`${file}.part`, bytes)
    renameSync(`${file}.part`, file)
    isThere = true
    console.log(`${url}: downloaded`)
  } catch (error) {
    // fetch has the reason in `cause`.
    console.error(`${url}: ${error.cause?.message || error.message}`)
  }
}
process.exitCode = isThere ? 0 : 1
