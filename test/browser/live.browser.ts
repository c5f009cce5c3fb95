import { expect, it } from 'vitest'
import { datasets, layers, Sequential } from '../../lib/index.js'
import { report, serveReport } from '../../lib/report/index.js'
import { accessibilityProblems, openBrowser, openPage } from './open.js'

it('shows curves while a network trains, then the report, and does not complain', async () => {
  const live = await serveReport({ title: 'Digits' })
  const browser = await openBrowser()
  const { page, complaints, requests } = await openPage(browser, live.url, { width: 360 })
  const { train, test } = datasets.digits()
  const net = new Sequential({
    layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })],
    seed: 1,
  })
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  const history = await net.fit(train.x, train.y, { epochs: 4, validationSplit: 0.2, callbacks: live.callback })
  await expect.poll(() => page.locator('#stage').innerText()).toBe('trained: epoch 4 of 4')
  expect(await page.locator('#plots canvas').count()).toBe(2)
  expect(await page.locator('#facts dt').allInnerTexts()).toEqual(['loss', 'accuracy', 'valLoss', 'valAccuracy'])
  expect(await accessibilityProblems(page)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
  live.show(await report(net, { x: test.x, y: test.y, history, title: 'The report of digits', inspect: false }))
  await expect.poll(() => page.title()).toBe('The report of digits')
  expect(complaints).toEqual([])
  expect(requests.every((url) => url.startsWith(live.url))).toBe(true)
  await browser.close()
  await live.close()
})
