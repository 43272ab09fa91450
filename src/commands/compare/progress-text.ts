/** `3200 of 14400 cells, 640 a second, 18 s left`. */
export function progressLine(done: number, total: number, tookMs: number): string {
  const perS = tookMs > 0 ? (done / tookMs) * 1000 : 0
  const rate = perS >= 10 ? perS.toFixed(0) : perS.toFixed(1)
  const left = perS > 0 ? `, ${span((total - done) / perS)} left` : ''
  return `${done} of ${total} cells, ${rate} a second${left}`
}

function span(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
}
