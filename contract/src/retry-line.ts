// How checkout and publish say in their log that they try something again, which the worker reads as what they wait for.

const form = /^(?<why>.+); trying again in \d+(?:\.\d+)? s$/;

/** The line that says it, without its end; a reason of several lines is made one. */
export function retryLine(why: string, pauseMs: number): string {
  return `${why.trim().replaceAll(/\s*\n\s*/g, ' ')}; trying again in ${pauseMs / 1_000} s`;
}

/** Why something is tried again; undefined for a line that says nothing of that. */
export function whyRetried(line: string): string | undefined {
  return form.exec(line)?.groups?.['why'];
}
