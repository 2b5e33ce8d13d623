// Whether a program was started in this runner since somebody last asked. Only then can something be left to kill, and looking
// for it means reading the table of all processes, which takes as long as a small image.
let started = false;

/** Call before each start of a program. */
export function noteEngineStart(): void {
  started = true;
}

/** True once after each start. */
export function engineStarted(): boolean {
  const answer = started;
  started = false;
  return answer;
}
