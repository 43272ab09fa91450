import { formatDuration } from '../../model/duration.ts'
import { harmlessJson } from '../../text/json.ts'
import { keepaliveMs } from '../terms.ts'
import type { Reported } from './report.ts'
import { resultOf } from './results.ts'

/** For programs. `device_report` is the version of this format; times are milliseconds, dated from the device's first CONNACK. */
export const jsonText = (reported: Reported): string => `${harmlessJson(documentOf(reported), 2)}\n`

function documentOf({ run, setting, limits, listen, upstream, command, evidence }: Reported) {
  const { outcomes, subject, strangers, stopped, zeroMs } = run
  return {
    device_report: 1,
    halfopen: setting.halfopen,
    started: setting.started,
    listen,
    broker: { ...setting.broker, at: upstream },
    result: resultOf(run),
    stopped,
    device: subject ? { ...subject, keepalive_ms: keepaliveMs(subject) } : null,
    others: strangers,
    bounds: {
      give_up: formatDuration(limits.giveUp),
      connack_ms: limits.connackMs,
      back_ms: limits.backMs,
      attempts: limits.attempts,
      backoff_ms: limits.backoffMs,
      refuse: limits.refuse,
    },
    steps: outcomes.map(({ step, result, remarks, scene }) => ({
      name: step.name,
      title: step.title,
      result,
      from_ms: scene ? tenths(scene.fromMs - zeroMs) : null,
      to_ms: scene ? tenths(scene.toMs - zeroMs) : null,
      remarks,
      repeat: `${command} --only ${step.name}`,
    })),
    evidence: evidence ?? null,
  }
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10
