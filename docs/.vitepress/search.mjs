/** Headings of API pages that stand below every symbol: as sections of their own they would be most of the index. */
const parts =
  /^#+ (Parameters|Type Parameters|Returns|Throws|Example|Extends|Extended by|Inherited from|Implementation of|Implements|Overrides|Call Signature|Index Signature|Default Value|See|Source)\s*$/gm

/** What the search of the site reads of a page: of API pages the names and the words, not the signatures and examples. */
export function searched(text, path) {
  if (!path.startsWith('api/')) return text
  return text
    .replace(/^```.*?^```/gms, '')
    .replace(/^> .*$/gm, '')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(parts, '')
}

/** Renders a page for the index of the search. */
export function renderSearched(text, env, md) {
  const html = md.render(searched(text, env.relativePath), env)
  return env.frontmatter?.search === false ? '' : html
}
