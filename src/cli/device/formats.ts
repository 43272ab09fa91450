import { documentOf, titleOf } from '../../device/report/document.ts'
import { htmlText } from '../../device/report/html.ts'
import { jsonText } from '../../device/report/json.ts'
import { markdownText } from '../../device/report/markdown.ts'
import type { Reported } from '../../device/report/report.ts'

/** Reports by the ending of their file. */
const FORMATS: Readonly<Record<string, (reported: Reported) => string>> = {
  md: reported => markdownText(documentOf(reported)),
  html: reported => htmlText(titleOf(reported), documentOf(reported)),
  json: jsonText,
}

export const formatOf = (file: string): ((reported: Reported) => string) | undefined =>
  FORMATS[/\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? '']
