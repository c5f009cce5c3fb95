// Counts lines of code, as the table in README.md does: node examples/ports/count.mjs file...
// A line counts unless it is blank, a comment, a docstring, or a row of data (numbers only). Of a notebook, the cells of code count.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** @param {string} name @param {string} text @returns {number} */
export function countLines(name, text) {
  if (name.endsWith('.ipynb')) {
    const cells = JSON.parse(text).cells.filter((cell) => cell.cell_type === 'code')
    return cells.reduce((sum, { source }) => sum + countLines('cell.py', [source].flat().join('')), 0)
  }
  const code = name.endsWith('.py') ? dropDocstrings(text) : text.replaceAll(/\/\*[\s\S]*?\*\//g, '')
  const comment = name.endsWith('.py') ? '#' : '//'
  const counts = (line) => line !== '' && !line.startsWith(comment) && !/^\[?[\d\s.,-]+\]?,?$/.test(line)
  return code.split('\n').filter((line) => counts(line.trim())).length
}

/** Strings of Python that stand alone, as docstrings and the chapters of a page do. */
function dropDocstrings(text) {
  return text.replaceAll(/^[ \t]*("""|''')[\s\S]*?\1[ \t]*$/gm, '')
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const file of process.argv.slice(2)) console.log(`${countLines(file, readFileSync(file, 'utf8'))} ${file}`)
}
