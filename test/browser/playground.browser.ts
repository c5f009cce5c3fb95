import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { servePlayground } from '../../lib/playground/index.js'
import { accessibilityProblems, openBrowser, openPage, type View } from './open.js'

let browser: Browser
let playground: Awaited<ReturnType<typeof servePlayground>>

beforeAll(async () => {
  browser = await openBrowser()
  playground = await servePlayground()
})

afterAll(async () => {
  await browser?.close()
  await playground?.close()
})

describe('the playground', () => {
  const views: View[] = [
    { scheme: 'light', width: 1280 },
    { scheme: 'dark', width: 360 },
  ]
  it.each(views)('trains, does not complain, and asks only for its own run (%o)', async (view) => {
    const { page, complaints, requests, close } = await openPage(browser, playground.url, view)
    await expect
      .poll(async () => Number(await page.locator('#epoch').innerText()), { timeout: 20_000 })
      .toBeGreaterThan(20)
    expect(await page.locator('#layers canvas').count()).toBe(10)
    expect(await page.locator('.gradient').count()).toBe(3)
    expect(requests.every((url) => url.startsWith(playground.url))).toBe(true)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(view.width)
    await page.locator('#play').click()
    expect(await accessibilityProblems(page)).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  it('shows vanishing gradients as its lesson says, and that relu cures them', async () => {
    const { page, complaints, close } = await openPage(browser, playground.url)
    await page.getByRole('button', { name: 'Vanishing gradients' }).click()
    await expect.poll(() => page.locator('.gradient.vanished').count(), { timeout: 20_000 }).toBeGreaterThan(2)
    await page.locator('#activation').selectOption('relu')
    await page.locator('#start').selectOption('heNormal')
    await expect.poll(() => page.locator('.gradient.vanished').count(), { timeout: 20_000 }).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })

  it('pauses, makes single steps, and changes layers and units', async () => {
    const { page, close } = await openPage(browser, playground.url)
    const epoch = async () => Number(await page.locator('#epoch').innerText())
    await expect.poll(epoch, { timeout: 20_000 }).toBeGreaterThan(2)
    await page.locator('#play').click()
    await page.waitForTimeout(500)
    const before = await epoch()
    await page.locator('#step').click()
    await expect.poll(epoch).toBe(before + 1)
    await page.locator('#play').click()
    await page.locator('#more').click()
    expect(await page.locator('.layer').count()).toBe(3)
    await page.getByRole('button', { name: 'Layer 1: one unit more' }).click()
    expect(await page.locator('#layers canvas').count()).toBe(15)
    await expect.poll(epoch, { timeout: 20_000 }).toBeGreaterThan(2)
    await close()
  })

  it('tells of numbers that become infinite, and starts again', async () => {
    const { page, close } = await openPage(browser, playground.url)
    for (const [id, value] of [
      ['data', 'blobs'],
      ['activation', 'linear'],
      ['start', 'ones'],
      ['optimizer', 'sgd'],
      ['rate', '3'],
    ] as const) {
      await page.locator(`#${id}`).selectOption(value)
    }
    for (let k = 0; k < 3; k++) await page.locator('#more').click()
    await page.locator('#problem').waitFor({ timeout: 20_000 })
    expect(await page.locator('#problem').innerText()).toMatch(/take a lower rate/)
    await page.locator('#rate').selectOption('0.01')
    await expect.poll(() => page.locator('#problem').isHidden()).toBe(true)
    await close()
  })
})
