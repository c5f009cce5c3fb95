import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { servePlayground } from '../../lib/playground/index.js'
import { report } from '../../lib/report/index.js'
import { FixedClassifier, FixedRegressor, fixedFlats, fixedPeople } from './fixed-models.js'
import { openBrowser, openPage, type View } from './open.js'
import { allowed, comparePicture, isWriting, tooMuch } from './pictures.js'

let browser: Browser
let playground: Awaited<ReturnType<typeof servePlayground>>
const urls: Record<string, string> = {}

beforeAll(async () => {
  browser = await openBrowser()
  playground = await servePlayground()
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'))
  const pathOf = (name: string) => {
    const path = join(folder, `${name}.html`)
    urls[name] = pathToFileURL(path).href
    return path
  }
  await report(new FixedClassifier() as never, { ...fixedPeople(300), path: pathOf('classes'), seed: 1 })
  await report(new FixedRegressor() as never, { ...fixedFlats(200), path: pathOf('numbers'), seed: 1 })
})

afterAll(async () => {
  await browser?.close()
  await playground?.close()
})

const views: [string, View][] = [
  ['wide', { scheme: 'light', width: 1280 }],
  ['phone', { scheme: 'dark', width: 360 }],
]

it.each(['classes', 'numbers'].flatMap((kind) => views.map(([name, view]) => [kind, name, view] as const)))(
  'the parts of the report of %s look as they did (%s)',
  async (kind, name, view) => {
    const { page, close } = await openPage(browser, urls[kind]!, view)
    const ids = await page.locator('main section[id]').evaluateAll((parts) => parts.map(({ id }) => id))
    expect(ids.length).toBeGreaterThan(6)
    const found: string[] = []
    for (const id of ids) {
      const difference = await comparePicture(`report-${kind}-${name}-${id}`, page.locator(`section#${id}`))
      found.push(...tooMuch(difference).map((text) => `${id}: ${text}`))
    }
    expect(found).toEqual([])
    await close()
  },
)

it.each(views)('the playground looks as it did (%s)', async (name, view) => {
  const { page, close } = await openPage(browser, playground.url, view)
  await expect
    .poll(async () => Number(await page.locator('#epoch').innerText()), { timeout: 20_000 })
    .toBeGreaterThan(2)
  await page.locator('#play').click()
  // What is drawn depends on the epoch at which it was paused.
  const difference = await comparePicture(`playground-${name}`, page.locator('body'), [page.locator('canvas')])
  expect(tooMuch(difference)).toEqual([])
  await close()
})

it.skipIf(isWriting)('a comparison notices another theme, and a part that is not drawn', async () => {
  const dark = await openPage(browser, urls.classes!, { scheme: 'dark', width: 1280 })
  const theme = await comparePicture('report-classes-wide-scores', dark.page.locator('section#scores'))
  await dark.close()
  const { page, close } = await openPage(browser, urls.classes!, { scheme: 'light', width: 1280 })
  await page.evaluate(
    "document.querySelectorAll('#thresholds .plot').forEach((plot) => (plot.style.visibility = 'hidden'))",
  )
  const hidden = await comparePicture('report-classes-wide-thresholds', page.locator('section#thresholds'))
  await close()
  expect(theme!.mean).toBeGreaterThan(allowed.mean)
  expect(tooMuch(hidden)).not.toEqual([])
})
