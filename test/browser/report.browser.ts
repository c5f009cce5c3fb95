import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { datasets, layers, Sequential } from '../../lib/index.js'
import { report } from '../../lib/report/index.js'
import { fitted, fittedRegressor, flats, people } from '../unit/report/support.js'
import { accessibilityProblems, openBrowser, openPage, type View } from './open.js'

let browser: Browser
const urls: Record<string, string> = {}
const folder = mkdtempSync(join(tmpdir(), 'report-'))

beforeAll(async () => {
  browser = await openBrowser()
  const page = (name: string) => {
    const path = join(folder, `${name}.html`)
    urls[name] = pathToFileURL(path).href
    return path
  }
  const description = '<script>alert(1)</script>'
  await report(await fitted(), { rows: people(300, 400), path: page('classes'), description, seed: 1 })
  await report((await fittedRegressor()) as never, { rows: flats(200, 300), path: page('numbers'), seed: 1 })
  const { train, test } = datasets.digits()
  const net = new Sequential({
    layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })],
    seed: 1,
  })
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  const history = await net.fit(train.x, train.y, { epochs: 3, validationSplit: 0.1 })
  await report(net, { x: test.x, y: test.y, history, path: page('digits'), seed: 1 })
})

afterAll(() => browser?.close())

/** Whether a canvas has anything on it. */
const isDrawn = (page: Page, id: string) =>
  page.evaluate(`(() => {
    const canvas = document.querySelector('#${id} canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return data.some((value) => value > 0)
  })()`)

const text = (page: Page, id: string) => page.locator(`#${id}`).innerText()

describe.each(['classes', 'numbers', 'digits'])('the page of %s', (name) => {
  const views: View[] = [
    { scheme: 'light', width: 1280 },
    { scheme: 'dark', width: 1280 },
    { scheme: 'light', width: 360 },
    { scheme: 'dark', width: 360 },
  ]
  it.each(views)('is drawn, asks for nothing and does not complain (%o)', async (view) => {
    const { page, complaints, requests, close } = await openPage(browser, urls[name]!, view)
    const ids = await page.locator('.plot').evaluateAll((places) => places.map(({ id }) => id))
    expect(ids.length).toBeGreaterThan(1)
    for (const id of ids) expect(await isDrawn(page, id), id).toBe(true)
    expect(complaints).toEqual([])
    expect(requests).toEqual([urls[name]])
    // Nothing is wider than the screen: tables scroll by themselves.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(view.width)
    expect(await accessibilityProblems(page)).toEqual([])
    await close()
  })
})

describe('the panel of thresholds', () => {
  it('follows the slider, a pointer on a curve, and the button', async () => {
    const { page, close } = await openPage(browser, urls.classes!)
    const before = await text(page, 'cell-1-1')
    expect(await text(page, 'threshold-value')).toBe('0.500')
    await page.locator('#threshold').fill('0')
    expect(await text(page, 'threshold-value')).toBe('0.000')
    expect(await text(page, 't-recall')).toBe('100.0 %')
    expect(await text(page, 'cell-0-0')).toMatch(/^0\s/)
    await page.locator('#roc').scrollIntoViewIfNeeded()
    const box = (await page.locator('#roc .u-over').boundingBox())!
    await page.mouse.move(box.x + 2, box.y + box.height - 2)
    await page.mouse.down()
    expect(Number.parseFloat(await text(page, 't-recall'))).toBeLessThan(5)
    await page.mouse.move(box.x + box.width - 2, box.y + 2)
    expect(await text(page, 't-recall')).toBe('100.0 %')
    await page.mouse.up()
    await page.locator('#threshold-reset').click()
    expect(await text(page, 'cell-1-1')).toBe(before)
    await close()
  })

  it('shows another class', async () => {
    const { page, complaints, close } = await openPage(browser, urls.digits!)
    const before = await text(page, 'roc-area')
    await page.locator('#class-choice').selectOption({ label: '8' })
    expect(await text(page, 'roc-area')).not.toBe(before)
    expect(await text(page, 'calibration-class')).toBe('8')
    expect(await page.locator('#roc canvas').count()).toBe(1)
    expect(complaints).toEqual([])
    await close()
  })
})

it('changes its theme, and is light on paper', async () => {
  const { page, close } = await openPage(browser, urls.digits!, { scheme: 'dark' })
  const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
  expect(await paper()).toBe('rgb(20, 24, 29)')
  await page.locator('#theme').click()
  expect(await paper()).toBe('rgb(255, 255, 255)')
  expect(await page.locator('#theme').innerText()).toBe('Dark')
  await page.locator('#theme').click()
  await page.evaluate("dispatchEvent(new Event('beforeprint'))")
  expect(await paper()).toBe('rgb(255, 255, 255)')
  await page.evaluate("dispatchEvent(new Event('afterprint'))")
  expect(await paper()).toBe('rgb(20, 24, 29)')
  expect((await page.pdf()).length).toBeGreaterThan(50_000)
  await close()
})
