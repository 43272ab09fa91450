import { EvidenceError, readEvidence } from '../evidence/read-evidence.ts'
import { judge } from '../judge/judge.ts'
import type { Evidence } from '../model/evidence.ts'
import type { ScenarioReport } from '../model/verdict.ts'
import { sequenceIfBad } from '../pages/beats.ts'
import { shortPath } from '../text/layout.ts'
import { plainly } from '../text/message-of.ts'
import { Complaint, EXIT } from './exit.ts'
import { theCatalog } from './project.ts'

/** The verdict again, from what was saved. Complains where the file can't be read as evidence. `as`: what it is changed into before. */
export async function judgeFile(
  file: string,
  as: (read: Evidence) => Evidence = read => read,
): Promise<ScenarioReport> {
  return judgeEvidence(as(await readSaved(file)), file)
}

/** The same of evidence that was read; `file`: where it lies. */
export function judgeEvidence(evidence: Evidence, file: string): ScenarioReport {
  evidence.whole?.dispose()
  const { scenario, lab, seed, broker, client, speed } = evidence.header
  const { checks, faults } = theCatalog()
  const durationMs = evidence.events.at(-1)?.atMs ?? 0
  const verdict = judge(evidence, checks, faults)
  const found = { verdict, ...sequenceIfBad(evidence, verdict) }
  return {
    scenario,
    lab,
    ...(speed !== undefined && { speed }),
    seed,
    broker,
    client,
    durationMs,
    evidence: file,
    ...found,
  }
}

export async function readSaved(file: string): Promise<Evidence> {
  try {
    return await readEvidence(file)
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const told = shortPath(file, process.cwd())
    // What is wrong in the file has its place in it already.
    if (why instanceof EvidenceError) {
      const lines = why.problems.map(({ line, column, message }) => `${told}:${line}:${column} ${message}`)
      throw new Complaint(`error: this can't be read as evidence:\n${lines.join('\n')}`, EXIT.unreadable)
    }
    throw new Complaint(`error: ${told} can't be read as evidence: ${plainly(why)}`, EXIT.unreadable)
  }
}
