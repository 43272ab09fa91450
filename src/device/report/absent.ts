import type { DeviceRun } from '../run.ts'

/** What to say where there was no device. */
export const absent = ({ outcomes, stopped }: Pick<DeviceRun, 'outcomes' | 'stopped'>): string =>
  stopped
    ? 'None had connected by the time that it was stopped.'
    : `${capital(outcomes[0]?.remarks[0]?.text ?? 'None connected')}.`

const capital = (text: string): string => text.replace(/^./, first => first.toUpperCase())
