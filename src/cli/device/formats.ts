import { documentOf, titleOf } from '../../device/report/document.ts'
import { htmlText } from '../../device/report/html.ts'
import { jsonText } from '../../device/report/json.ts'
import { markdownText } from '../../device/report/markdown.ts'
import type { Reported } from '../../device/report/report.ts'
import { harmless } from '../../text/harmless.ts'

/** Reports by the ending of their file. */
const FORMATS: Readonly<Record<string, (reported: Reported) => string>> = {
  md: reported => markdownText(documentOf(harmless(reported))),
  html: reported => htmlText(titleOf(harmless(reported)), documentOf(harmless(reported))),
  json: jsonText,
}

export const formatOf = (file: string): ((reported: Reported) => string) | undefined =>
  FORMATS[/\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? '']
