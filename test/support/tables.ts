/** A table of a markdown page, with the heading that it stands under. */
export interface MarkdownTable {
  readonly heading: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The tables of a page. */
export function readTables(text: string): MarkdownTable[] {
  const tables: MarkdownTable[] = []
  let heading = ''
  let lines: string[] = []
  for (const line of [...text.split('\n'), '']) {
    if (line.startsWith('|')) {
      lines.push(line)
      continue
    }
    if (lines.length > 2) {
      const [columns, , ...rows] = lines.map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
      tables.push({ heading, columns: columns!, rows: rows as string[][] })
    }
    lines = []
    if (line.startsWith('#')) heading = line.replace(/^#+ /, '')
  }
  return tables
}
