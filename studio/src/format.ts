// Numbers and dates as people read them.
export function dateTime(wire: string | undefined): string {
  return wire === undefined ? "–" : new Date(wire).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Hours, minutes and seconds. */
export function time(wire: string): string {
  return new Date(wire).toLocaleTimeString(undefined, { timeStyle: "medium" });
}

/** 0.8567 is 85.7 %. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n.toLocaleString()} ${n === 1 ? noun : plural}`;
}
