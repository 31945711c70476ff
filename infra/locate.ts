import { SourceMap } from 'node:module'
import { relative, resolve } from 'node:path'
import { buildSync } from 'esbuild'
import { bundleOptions, root } from './constructs/bundle.ts'

/** A line and a column of a bundle as a stack trace names them, whatever folder it ran in. */
const place = /(?:file:\/\/)?[^\s()]*index\.mjs:(\d+):(\d+)/g

/**
 * A stack trace with the places of a minified bundle as places in the sources it was made of, relative to the checkout. What
 * the bundle itself brought along (its banner) stays as it is. Since bundles depend on nothing but their sources, those of
 * the deployed commit answer for what is deployed.
 *
 * @param file the handler's own source, as `entryPoints()` names it.
 *
 * @example
 * locate('functions/payments/commands.handler.ts', 'at c (file:///var/task/index.mjs:12:3456)')
 * // 'at c (functions/payments/service.ts:58:12)'
 */
export const locate = (file: string, trace: string): string => {
  const { outputFiles } = buildSync({
    ...bundleOptions,
    entryPoints: { index: file },
    sourcemap: 'external',
    sourcesContent: false,
    outdir: root,
    write: false,
  })
  const map = new SourceMap(JSON.parse(outputFiles.find(({ path }) => path.endsWith('.map'))!.text))
  return trace.replace(place, (unknown, line, column) => {
    const origin = map.findOrigin(Number(line), Number(column))
    return 'fileName' in origin ? `${source(origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}` : unknown
  })
}

const source = (name: string) => relative(root, resolve(root, name))
