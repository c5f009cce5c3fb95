import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { renderSearched } from './search.mjs'
import { api, guides } from './sidebar.mjs'

const cache = fileURLToPath(new URL('../../.cache/docs', import.meta.url))
const repository = 'https://github.com/perceptra/perceptra'

export default defineConfig({
  title: 'perceptra',
  description: 'Train and serve multi-layer perceptrons in Node at the speed of the machine',
  // The path at which a host serves the site, such as /perceptra/.
  base: process.env.DOCS_BASE ?? '/',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  rewrites: { 'README.md': 'pages.md' },
  outDir: `${cache}/site`,
  cacheDir: `${cache}/vite`,
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  markdown: { theme: { light: 'github-light-high-contrast', dark: 'github-dark' } },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/first-model', activeMatch: '^/(?!api|pages|command-line)' },
      { text: 'Command line', link: '/command-line' },
      { text: 'API', link: '/api/perceptra/' },
      { text: 'All pages', link: '/pages' },
    ],
    sidebar: { '/': guides(), '/api/': api() },
    outline: { level: [2, 3] },
    search: { provider: 'local', options: { _render: renderSearched } },
    socialLinks: [{ icon: 'github', link: repository }],
    footer: { message: 'MIT licence' },
  },
})
