import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../support/markdown.js'
import { accessibilityProblems, openBrowser, openPage, type View } from './open.js'

const types: Record<string, string> = {
  ...{ '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json' },
  ...{ '.woff2': 'font/woff2', '.svg': 'image/svg+xml' },
}

let browser: Browser
let server: Server
let url: string

beforeAll(async () => {
  const site = join(root, '.cache/docs/site')
  expect(existsSync(join(site, 'index.html')), 'the site, by node scripts/docs/build.mjs').toBe(true)
  server = createServer(async ({ url: path }, response) => {
    const name = decodeURI(new URL(path!, 'http://site').pathname).replace(/\/$/, '/index.html')
    try {
      const bytes = await readFile(join(site, name))
      response.writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream' }).end(bytes)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  server?.close()
})

const views: View[] = [
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 1280 },
  { scheme: 'light', width: 360 },
  { scheme: 'dark', width: 360 },
]
// The search's button and the groups of the sidebar are VitePress's own.
const ofTheme = /^(label-content-name-mismatch.*: \.DocSearch|nested-interactive.*: \S*level-\d)/
const pages = ['', 'first-model.html', 'speed.html', 'api/perceptra/classes/Sequential.html']

describe.each(pages)('the page /%s of the site', (path) => {
  it.each(views)('does not complain, asks no other site, and is accessible (%o)', async (view) => {
    const { page, complaints, requests, close } = await openPage(browser, url + path, view)
    await page.locator('h1, .name').first().waitFor()
    expect(complaints).toEqual([])
    expect(requests.filter((address) => !address.startsWith(url))).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(view.width)
    const serious = (await accessibilityProblems(page)).filter(
      (problem) => /\((serious|critical)\)/.test(problem) && !ofTheme.test(problem),
    )
    expect(serious).toEqual([])
    await close()
  })
})

it('finds words of guides and of the API by its search', async () => {
  const { page, complaints, close } = await openPage(browser, url)
  const found = async (words: string) => {
    await page.locator('.VPNavBarSearch button').first().click()
    await page.locator('#localsearch-input').fill(words)
    await page.locator('.VPLocalSearchBox .result').first().waitFor()
    const links = await page
      .locator('.VPLocalSearchBox .result')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')))
    await page.keyboard.press('Escape')
    return links.join(' ')
  }
  expect(await found('dropout')).toMatch(/layers/)
  expect(await found('ModelServer')).toMatch(/api\/perceptra\/serving/)
  expect(complaints).toEqual([])
  await close()
})
