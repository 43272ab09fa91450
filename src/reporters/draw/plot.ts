import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { Drawing } from './svg.ts'

/** Renders without a browser: Plot only needs something to make elements with. */
export function drawPlot(options: Plot.PlotOptions & { readonly width: number; readonly height: number }): Drawing {
  const { document } = parseHTML('<html><body></body></html>')
  const svg = Plot.plot({
    ...options,
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
    style: { fontSize: '12px', background: 'none', overflow: 'visible' },
  })
  return { width: options.width, height: options.height, content: svg.outerHTML }
}
