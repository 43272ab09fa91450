/** The value below which `share` (0 to 1) of the sorted numbers lie. */
export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return { count: sorted.length, median: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: sorted.at(-1) }
}
