// How soon a report is there in Chromium, and how many pictures a second the playground shows:
// node --import tsx bench/pages.mjs [--report page.html]
// Opens the report five times, from a file, each time in a fresh context: the milliseconds until its load event, and until the
// frame after it. Beside it an empty page: on a busy machine, or without a graphics card, that is what can be reached. The playground is watched for five seconds with its first network, and with the digits.
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { servePlayground } from '../lib/playground/index.ts'
import { openBrowser } from '../test/browser/open.ts'

const { values } = parseArgs({ options: { report: { type: 'string' } } })
const browser = await openBrowser()
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

async function opened(url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const start = performance.now()
  await page.goto(url)
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
  const ms = performance.now() - start
  await context.close()
  return ms
}

/** Pictures of the boundary that differ from the one before, and frames, in so many seconds. */
async function framesOf(page, seconds) {
  return page.evaluate(`new Promise((resolve) => {
    const epoch = document.getElementById('epoch')
    const end = performance.now() + ${seconds * 1000}
    let [frames, pictures, last] = [0, 0, '']
    const look = () => {
      frames++
      if (epoch.textContent !== last) pictures++
      last = epoch.textContent
      if (performance.now() < end) requestAnimationFrame(look)
      else resolve({ frames: frames / ${seconds}, pictures: pictures / ${seconds} })
    }
    requestAnimationFrame(look)
  })`)
}

// What this machine can do at the moment: an empty page.
const blank = await (await browser.newContext()).newPage()
await blank.setContent('<p id="epoch">0</p>')
const result = {
  emptyPage: { openMs: Math.round(await opened('data:text/html,<p>a</p>')), ...(await framesOf(blank, 3)) },
}
delete result.emptyPage.pictures
await blank.close()
if (values.report) {
  const url = pathToFileURL(resolve(values.report)).href
  const times = []
  for (let k = 0; k < 5; k++) times.push(await opened(url))
  result.report = { bytes: statSync(values.report).size, openMs: Math.round(median(times)) }
}
const playground = await servePlayground()
const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage()
await page.goto(playground.url)
await page.waitForTimeout(1500)
result.playground = await framesOf(page, 5)
await page.locator('#data').selectOption('digits')
await page.waitForTimeout(1500)
result.digits = await framesOf(page, 5)
await browser.close()
await playground.close()
console.log(JSON.stringify(result))
