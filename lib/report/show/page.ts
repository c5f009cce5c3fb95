import type { Work } from '../../base/breathing.js'
import type { Findings } from '../measure/findings.js'
import { classSections, thresholdData } from './classes.js'
import { formatNumber, formatShare } from './format.js'
import { Html, html, jsonText } from './html.js'
import { numberSections } from './numbers.js'
import { reportScript, reportScriptHash, reportStyle, reportStyleHash } from './page-code.js'
import type { PageData } from './plots.js'
import type { Section } from './section.js'
import {
  cardSection,
  columnSection,
  groupSection,
  importanceSection,
  trainingSection,
  wrongSection,
} from './sections.js'

/** Parts of the page, in their order. */
const makers: readonly ((findings: Findings) => Section[])[] = [
  trainingSection,
  ({ classes }) => (classes ? classSections(classes) : []),
  ({ numbers }) => (numbers ? numberSections(numbers) : []),
  ...[groupSection, importanceSection, wrongSection, columnSection, cardSection],
]

/** The whole page. Nothing in it is loaded from elsewhere, and the browser is told to refuse it. */
export function* pageInSteps(findings: Findings): Work<string> {
  const sections: Section[] = []
  for (const make of makers) {
    sections.push(...make(findings))
    yield
  }
  const data: PageData = {
    plots: Object.assign({}, ...sections.map(({ plots }) => plots)),
    thresholds: findings.classes ? thresholdData(findings.classes) : [],
  }
  const policy = `default-src 'none'; script-src '${reportScriptHash}'; style-src '${reportStyleHash}'; base-uri 'none'; form-action 'none'`
  const { title } = findings
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(reportStyle)}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<div class="head"><div><p class="kind">${findings.kind}</p><h1>${title}</h1><p class="quiet">${summary(findings)}</p></div><button type="button" id="theme" hidden>Dark</button></div>
</header>
<div class="layout">
<nav aria-label="Contents"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<main id="main">
<section id="scores" aria-labelledby="scores-title"><h2 id="scores-title" class="unseen">Scores</h2>${scoreTiles(findings)}</section>
${sections.map(({ id, title: name, body }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>${body}</section>\n`)}
<noscript><p class="warnings">Curves are drawn by the page's own script, which this browser does not run.</p></noscript>
</main>
</div>
<script type="application/json" id="report-data">${jsonText(
    data,
    data.thresholds.map(({ thresholds }) => thresholds),
  )}</script>
<script>${new Html(reportScript)}</script>
</body>
</html>
`.text
}

function summary({ rows, total, data, target, classes }: Findings): Html {
  const what = classes ? `predicts ${target}, one of ${classes.classes.length} classes` : `predicts ${target}, a number`
  const of = rows < total ? `${formatNumber(rows)} of ${formatNumber(total)} rows` : `${formatNumber(rows)} rows`
  return html`${what}; measured on ${of}${data !== undefined && `: ${data}`}`
}

function scoreTiles({ scores }: Findings): Html {
  return html`<dl class="tiles">${scores.map(
    ({ name, value, isShare, note }, k) =>
      html`<div class="${k === 0 ? 'tile first' : 'tile'}"><dt>${name}</dt><dd class="value">${isShare ? formatShare(value) : formatNumber(value)}</dd><dd class="note">${note}</dd></div>`,
  )}</dl>`
}
